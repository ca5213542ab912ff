#include "winograd.h"

#include <cstdlib>
#include <vector>

#include "workers.h"

namespace roarbook {
namespace {

// Channels of the result at a time, so that their products stay in the cache.
constexpr int64_t kStrip = 64;
// Keeps the matrices of the entries from the same places of the cache.
constexpr int64_t kPadding = 16;

// Tiles, and the channels of the result that are computed of them.
struct Part {
  int64_t first, count;
  int64_t channel, end;
};

// A form's code for one instruction set.
struct Code {
  // Channels at a time; matrices of products; pixels and results of a tile along an axis.
  int64_t lanes, entries, pixels, results;
  void (*transformFilters)(const Convolution &c, const float *filters, int64_t input, float *to);
  void (*convolve)(const Convolution &c, const Operands &of, const Part &part, float *scratch);
};

Code CodeFor(const Convolution &c);

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
#include "winogradTiles.h"
#undef LANES
#undef ROWS
#undef TARGET
}  // namespace avx512

namespace avx2 {
#define LANES 8
#define ROWS 6
#define TARGET __attribute__((target("avx2,fma")))
#include "winogradTiles.h"
#undef LANES
#undef ROWS
#undef TARGET
}  // namespace avx2

Code CodeFor(const Convolution &c) {
  const bool wide = Instructions() == "avx512" && c.inputs % 16 == 0 && c.outputs % 16 == 0;
  return wide ? avx512::CodeFor(c.form) : avx2::CodeFor(c.form);
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
    if (most != "avx2" && __builtin_cpu_supports("avx512f")) return "avx512";
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? "avx2" : "";
  }();
  return instructions;
}

int64_t FiltersSize(const Convolution &c) { return CodeFor(c).entries * c.inputs * c.outputs; }

void TransformFilters(const Convolution &c, const float *filters, float *to) {
  const Code code = CodeFor(c);
  Workers::Shared().Run(c.inputs / code.lanes,
                        [&](int64_t i) { code.transformFilters(c, filters, i * code.lanes, to); });
}

void Convolve(const Convolution &c, const Operands &of) {
  Workers &workers = Workers::Shared();
  const Code code = CodeFor(c);
  const int64_t tiles = c.images * Ceil(c.resultHeight, code.results) * Ceil(c.resultWidth, code.results);
  const int64_t size = TilesAtOnce(c, code, tiles, workers.threads());
  const int64_t blocks = Ceil(tiles, size), strips = Ceil(c.outputs, kStrip);
  // Few tiles share out their channels: each thread reads its own part of the filters.
  const int64_t shares = blocks < workers.threads() ? std::min<int64_t>(strips, workers.threads()) : 1;
  const int64_t width = Ceil(strips, shares) * kStrip;
  const int64_t channels = c.inputs + std::min(kStrip, c.outputs);
  const int64_t scratchSize = code.entries * (size * channels + 2 * kPadding) + code.pixels * c.inputs;
  workers.Run(blocks * shares, [&](int64_t i) {
    static thread_local std::vector<float> scratch;
    if (static_cast<int64_t>(scratch.size()) < scratchSize) scratch.resize(scratchSize);
    const int64_t first = i / shares * size, channel = i % shares * width;
    code.convolve(c, of, {first, std::min(size, tiles - first), channel, std::min(channel + width, c.outputs)},
                  scratch.data());
  });
}

}  // namespace roarbook
