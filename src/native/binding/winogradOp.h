#pragma once

namespace roarbook {

// Makes the operation known to TensorFlow; false where the processor lacks the instructions.
bool RegisterWinograd();

}  // namespace roarbook
