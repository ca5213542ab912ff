// 3×3 convolutions with fewer multiplications: declared for winogradOp.cc.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace roarbook {

// Convolutions of stride 1 and 2, and the latter's gradient in images that it padded before them, or did not. That of stride 1 is
// a convolution with turned filters.
enum class Form { kUnit, kStrided, kStridedGradient, kPaddedStridedGradient };

// NHWC images, beyond which all is zero, and their result. Channels are multiples of 8.
struct Convolution {
  Form form;
  // Filters are given as [3, 3, outputs, inputs] and rotated by 180°: those of a gradient.
  bool turned;
  int64_t images, height, width, inputs;
  int64_t resultHeight, resultWidth, outputs;
  // Rows and columns of zeros before the images that the first tile begins with.
  int64_t before;
  // Whether images and results, and what has the latter's shape, are bfloat16 and not float32; weights and biases are float32.
  bool half = false;
};

// What is convolved, and what is done to the result in this order before it is written; null: nothing.
struct Operands {
  const void *images;
  // From TransformFilters.
  const float *filters;
  const float *bias;
  const void *addend;
  // The addend is for every other pixel of every other row, from the first on, and the rest have none.
  bool spread;
  bool relu;
  // The factor is 0 where this is not above 0, and else 1: the gradient of a ReLU.
  const void *gate;
  // Whether the result is NaN where the gate is, and not 0.
  bool keepsNaN;
  void *result;
};

// The result's gradient, and the gradient in the filters [3, 3, inputs, outputs] that is computed of it.
struct Gradients {
  const void *images;
  const void *cotangents;
  // Memory for FactorsSize numbers.
  float *factors;
  float *result;
};

// What it computes with: "avx512_bf16", "avx512", "avx2" (with FMA), or "" where the processor has none and nothing here may be called.
// The first alone has instructions for bfloat16, and is fast in it. For tests, the environment's ROARBOOK_SIMD=avx512 or avx2 leaves
// out what comes before, and ROARBOOK_SIMD=none all; it is read once.
std::string_view Instructions();
// As how many floats transformed filters are kept.
int64_t FiltersSize(const Convolution &c);
// The filters as the products read them.
void TransformFilters(const Convolution &c, const float *filters, float *to);
// Convolves in all threads; the result does not depend on their number.
void Convolve(const Convolution &c, const Operands &of);
// How many numbers are kept on the way to a gradient in filters.
int64_t FactorsSize(const Convolution &c);
// The gradient in the filters of a convolution of stride 1 or 2, the same way.
void FilterGradient(const Convolution &c, const Gradients &of);

}  // namespace roarbook
