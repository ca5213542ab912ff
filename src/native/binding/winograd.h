// 3×3 convolutions of stride 1 with fewer multiplications, for networks whose filters stay: declared for winogradOp.cc.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace roarbook {

// NHWC images and 3×3 filters, stride 1, padded with zeros so that height and width stay. Channels are multiples of 16.
struct Convolution {
  int64_t images, height, width, inputs, outputs;
  int64_t TilesHigh() const { return (height + 1) / 2; }
  int64_t TilesWide() const { return (width + 1) / 2; }
  int64_t Tiles() const { return images * TilesHigh() * TilesWide(); }
};

// What is convolved, and what is done to the result before it is written; null: nothing.
struct Operands {
  const float *images;
  // From TransformFilters.
  const float *filters;
  const float *bias;
  const float *addend;
  bool relu;
  float *result;
};

// Tiles, and the channels of the result that are computed of them.
struct Part {
  int64_t first, count;
  int64_t channel, end;
};

// What it computes with: "avx512", "avx2" (with FMA), or "" where the processor has neither and nothing here may be called. For
// tests, the environment's ROARBOOK_SIMD=avx2 leaves AVX-512 out and ROARBOOK_SIMD=none both; it is read once.
std::string_view Instructions();
// G g Gᵀ of filters [3, 3, inputs, outputs], in panels as the products read them.
std::vector<float> TransformFilters(const Convolution &c, const float *filters);
// Convolves in all threads; the result does not depend on their number.
void Convolve(const Convolution &c, const Operands &of);

}  // namespace roarbook
