#include "winograd.h"

#include <immintrin.h>
#include <cstdlib>
#include <vector>

#include "workers.h"

namespace roarbook {
namespace {

// Channels of the result at a time, so that their products stay in the cache.
constexpr int64_t kStrip = 64;
// Keeps the matrices of the entries from the same places of the cache.
constexpr int64_t kPadding = 16;

// Tiles of a chunk at a time, so that theirs of up to kStrip channels stay in the cache beside the gradients.
constexpr int64_t kChunkTiles = 56;

struct Tiles {
  int64_t first, count;
};

// Tiles, and the channels of the result that are computed of them.
struct Part {
  Tiles tiles;
  int64_t channel, end;
};

// Tiles, and a block of the filters whose gradients are computed of them.
struct Chunk {
  Tiles tiles;
  int64_t input, inputs, output, outputs;
};

// A form's code for one instruction set.
struct Code {
  // Channels at a time; matrices of products; pixels and results of a tile along an axis.
  int64_t lanes, entries, pixels, results;
  void (*transformFilters)(const Convolution &c, const float *filters, int64_t input, float *to);
  void (*convolve)(const Convolution &c, const Operands &of, const Part &part, float *scratch);
};

// The same for gradients in filters.
struct FilterCode {
  int64_t entries, pixels, results;
  void (*factors)(const Convolution &c, const Gradients &of, const Chunk &chunk, float *scratch, float *to);
  void (*taps)(const Convolution &c, const Gradients &of, const Chunk &block, int64_t input, const float *factors,
               int64_t chunks, int64_t chunkSize);
};

int64_t Ceil(int64_t count, int64_t per) { return (count + per - 1) / per; }

// Goes through tiles in their order: the image, and the tile's row and column in it.
class Walk {
 public:
  Walk(const Convolution &c, int64_t results, int64_t tile)
      : high_(Ceil(c.resultHeight, results)), wide_(Ceil(c.resultWidth, results)) {
    image = tile / (wide_ * high_);
    row = tile / wide_ % high_;
    column = tile % wide_;
  }
  void Next() {
    if (++column < wide_) return;
    column = 0;
    if (++row < high_) return;
    row = 0;
    image++;
  }
  int64_t image, row, column;

 private:
  const int64_t high_, wide_;
};

namespace avx512 {
#define LANES 16
#define ROWS 14
#define TARGET __attribute__((target("avx512f,fma")))
#define ELEMENTS "winogradFloats.h"
#include "winogradTiles.h"
}  // namespace avx512

namespace avx2 {
#define LANES 8
#define ROWS 6
#define TARGET __attribute__((target("avx2,fma")))
#define ELEMENTS "winogradFloats.h"
#include "winogradTiles.h"
}  // namespace avx2

namespace half16 {
#define LANES 16
#define ROWS 14
#define TARGET __attribute__((target("avx512f,avx512bw,avx512bf16,fma")))
#define ELEMENTS "winogradHalves.h"
#define ARITHMETIC "winogradDots.h"
#define INTRINSIC(name) _mm512_##name
#define PAIRS __m512bh
#include "winogradTiles.h"
}  // namespace half16

namespace half8 {
#define LANES 8
#define ROWS 14
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16,fma")))
#define ELEMENTS "winogradHalves.h"
#define ARITHMETIC "winogradDots.h"
#define INTRINSIC(name) _mm256_##name
#define PAIRS __m256bh
#include "winogradTiles.h"
}  // namespace half8

namespace rounded {
#define LANES 8
#define ROWS 6
#define TARGET __attribute__((target("avx2,fma")))
#define ELEMENTS "winogradHalves.h"
#define ARITHMETIC "winogradRounded.h"
#include "winogradTiles.h"
}  // namespace rounded

// The code of one of the namespaces above.
struct Variant {
  Code (*codeFor)(Form form);
  FilterCode (*filterCodeFor)(Form form);
};

Variant VariantFor(const Convolution &c) {
  constexpr Variant kAvx512{avx512::CodeFor, avx512::FilterCodeFor}, kAvx2{avx2::CodeFor, avx2::FilterCodeFor};
  constexpr Variant kHalf16{half16::CodeFor, half16::FilterCodeFor}, kHalf8{half8::CodeFor, half8::FilterCodeFor};
  constexpr Variant kRounded{rounded::CodeFor, rounded::FilterCodeFor};
  const bool fills = c.inputs % 16 == 0 && c.outputs % 16 == 0;
  if (!c.half) return fills && Instructions() != "avx2" ? kAvx512 : kAvx2;
  if (Instructions() != "avx512_bf16") return kRounded;
  return fills ? kHalf16 : kHalf8;
}

Code CodeFor(const Convolution &c) { return VariantFor(c).codeFor(c.form); }

FilterCode FilterCodeFor(const Convolution &c) { return VariantFor(c).filterCodeFor(c.form); }

int64_t TilesOf(const Convolution &c, int64_t results) {
  return c.images * Ceil(c.resultHeight, results) * Ceil(c.resultWidth, results);
}

// How a gradient in filters is divided: into blocks of the filters, and chunks of the tiles, whose sums are added up in their order.
// The number of threads has no part in it.
struct Blocks {
  explicit Blocks(const Convolution &c)
      : inputs(std::min(kStrip, c.inputs)),
        outputs(std::min(kStrip, c.outputs)),
        columns(Ceil(c.outputs, kStrip)),
        count(Ceil(c.inputs, kStrip) * columns),
        c_(c) {
    const FilterCode code = FilterCodeFor(c);
    size = code.entries * inputs * outputs;
    // Large blocks are fewer: each is written, and read for the sum.
    const int64_t parts = size < 1 << 15 ? 16 : 8;
    tiles_ = TilesOf(c, code.results);
    chunkTiles_ = Ceil(tiles_, std::clamp<int64_t>(parts / count, 1, Ceil(tiles_, kChunkTiles)));
    chunks = Ceil(tiles_, chunkTiles_);
  }
  Chunk At(int64_t block, int64_t chunk) const {
    const int64_t input = block / columns * kStrip, output = block % columns * kStrip, first = chunk * chunkTiles_;
    return {{first, std::min(chunkTiles_, tiles_ - first)},
            input,
            std::min(kStrip, c_.inputs - input),
            output,
            std::min(kStrip, c_.outputs - output)};
  }
  const int64_t inputs, outputs, columns, count;
  int64_t chunks, size;

 private:
  const Convolution &c_;
  int64_t tiles_, chunkTiles_;
};

// A thread's memory, at least so many floats.
float *Scratch(int64_t size) {
  static thread_local std::vector<float> scratch;
  if (static_cast<int64_t>(scratch.size()) < size) scratch.resize(size);
  return scratch.data();
}

// Tiles at a time: as many as give each thread some, and no more than have their transformed input, matrices of 0.9 MB
// together, in a core's second cache.
int64_t TilesAtOnce(const Convolution &c, const Code &code, int64_t tiles, int threads) {
  constexpr int64_t most = 112, least = 14, cached = 229376;
  const int64_t fitting = std::clamp(cached / code.entries / c.inputs / least * least, least, most);
  return std::clamp(Ceil(tiles, threads), least, fitting);
}

}  // namespace

std::string_view Instructions() {
  static const std::string_view instructions = [] {
    const char *const given = std::getenv("ROARBOOK_SIMD");
    const std::string_view most = given ? given : "";
    if (most == "none") return "";
    // A processor with it has the rest of AVX-512 that goes with it here.
    if (most.empty() && __builtin_cpu_supports("avx512bf16")) return "avx512_bf16";
    if (most != "avx2" && __builtin_cpu_supports("avx512f")) return "avx512";
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? "avx2" : "";
  }();
  return instructions;
}

int64_t FiltersSize(const Convolution &c) { return CodeFor(c).entries * c.inputs * c.outputs / (c.half ? 2 : 1); }

void TransformFilters(const Convolution &c, const float *filters, float *to) {
  const Code code = CodeFor(c);
  Workers::Shared().Run(c.inputs / code.lanes,
                        [&](int64_t i) { code.transformFilters(c, filters, i * code.lanes, to); });
}

void Convolve(const Convolution &c, const Operands &of) {
  Workers &workers = Workers::Shared();
  const Code code = CodeFor(c);
  const int64_t tiles = TilesOf(c, code.results);
  const int64_t size = TilesAtOnce(c, code, tiles, workers.threads());
  const int64_t blocks = Ceil(tiles, size), strips = Ceil(c.outputs, kStrip);
  // Few tiles share out their channels: each thread reads its own part of the filters.
  const int64_t shares = blocks < workers.threads() ? std::min<int64_t>(strips, workers.threads()) : 1;
  const int64_t width = Ceil(strips, shares) * kStrip;
  const int64_t channels = c.inputs + std::min(kStrip, c.outputs);
  const int64_t scratchSize = code.entries * (size * channels + 2 * kPadding) + code.pixels * c.inputs;
  workers.Run(blocks * shares, [&](int64_t i) {
    const int64_t first = i / shares * size, channel = i % shares * width;
    const Part part{{first, std::min(size, tiles - first)}, channel, std::min(channel + width, c.outputs)};
    code.convolve(c, of, part, Scratch(scratchSize));
  });
}

int64_t FactorsSize(const Convolution &c) {
  const Blocks blocks(c);
  return blocks.chunks > 1 ? blocks.chunks * blocks.count * blocks.size : 0;
}

void FilterGradient(const Convolution &c, const Gradients &of) {
  const FilterCode code = FilterCodeFor(c);
  const Blocks blocks(c);
  const int64_t channels = blocks.inputs + blocks.outputs, zeroCount = code.pixels * std::max(c.inputs, c.outputs);
  const int64_t scratchSize = zeroCount + code.entries * (kChunkTiles * channels + 2 * kPadding);
  if (blocks.chunks == 1) {
    // The factors stay in the cache.
    Workers::Shared().Run(blocks.count, [&](int64_t i) {
      const Chunk block = blocks.At(i, 0);
      float *scratch = Scratch(scratchSize + blocks.size), *factors = scratch + scratchSize;
      code.factors(c, of, block, scratch, factors);
      for (int64_t input = 0; input < block.inputs; input++) code.taps(c, of, block, input, factors, 1, 0);
    });
    return;
  }
  Workers::Shared().Run(blocks.chunks * blocks.count, [&](int64_t i) {
    const Chunk chunk = blocks.At(i % blocks.count, i / blocks.count);
    code.factors(c, of, chunk, Scratch(scratchSize), of.factors + i * blocks.size);
  });
  Workers::Shared().Run(c.inputs, [&](int64_t input) {
    for (int64_t column = 0; column < blocks.columns; column++) {
      const int64_t block = input / kStrip * blocks.columns + column;
      code.taps(c, of, blocks.At(block, 0), input % kStrip, of.factors + block * blocks.size, blocks.chunks,
                blocks.count * blocks.size);
    }
  });
}

}  // namespace roarbook
