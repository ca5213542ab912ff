#pragma once

namespace roarbook {

// Makes the operation known to TensorFlow.
bool RegisterElementwise();

}  // namespace roarbook
