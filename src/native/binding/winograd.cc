#include "winograd.h"

#include <cstdlib>

#include "workers.h"

namespace roarbook {
namespace {

// Channels of the result at a time, so that their products stay in the cache.
constexpr int64_t kStrip = 64;
// Keeps the 16 matrices from the same places of the cache.
constexpr int64_t kPadding = 16;

// Where a tile lies: the image, and the tile's row and column in it.
struct Place {
  int64_t image, row, column;
};

Place PlaceOf(const Convolution &c, int64_t tile) {
  const int64_t wide = c.TilesWide(), high = c.TilesHigh();
  return {tile / (wide * high), tile / wide % high, tile % wide};
}

// The channels of a pixel of the tile's input, null outside of the image.
const float *PixelAt(const Convolution &c, const float *images, const Place &place, int64_t row, int64_t column) {
  row += 2 * place.row;
  column += 2 * place.column;
  if (row < 0 || row >= c.height || column < 0 || column >= c.width) return nullptr;
  return images + ((place.image * c.height + row) * c.width + column) * c.inputs;
}

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

bool HasAvx512() { return Instructions() == "avx512"; }

// Tiles at a time: as many as give each thread some, and no more than have their transformed input, 16 matrices of up to 0.9 MB,
// in a core's second cache.
int64_t TilesAtOnce(const Convolution &c, int threads) {
  constexpr int64_t most = 112, least = 14, cached = 14336;
  const int64_t fitting = std::clamp(cached / c.inputs / least * least, least, most);
  return std::clamp((c.Tiles() + threads - 1) / threads, least, fitting);
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

std::vector<float> TransformFilters(const Convolution &c, const float *filters) {
  static constexpr double G[4][3] = {{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}};
  const int64_t panel = HasAvx512() ? avx512::PanelWidth(c) : avx2::PanelWidth(c), size = c.inputs * c.outputs;
  std::vector<float> result(16 * size);
  Workers::Shared().Run(c.inputs, [&](int64_t k) {
    for (int64_t n = 0; n < c.outputs; n++) {
      double rows[4][3] = {};
      for (int i = 0; i < 12; i++)
        for (int a = 0; a < 3; a++) rows[i / 3][i % 3] += G[i / 3][a] * filters[(a * 3 + i % 3) * size + k * c.outputs + n];
      for (int i = 0; i < 16; i++) {
        double sum = 0;
        for (int b = 0; b < 3; b++) sum += rows[i / 4][b] * G[i % 4][b];
        const int64_t at = (i * c.outputs + n / panel * panel) * c.inputs + k * panel + n % panel;
        result[at] = static_cast<float>(sum);
      }
    }
  });
  return result;
}

void Convolve(const Convolution &c, const Operands &of) {
  Workers &workers = Workers::Shared();
  const int64_t tiles = c.Tiles(), size = TilesAtOnce(c, workers.threads());
  const int64_t blocks = (tiles + size - 1) / size, strips = (c.outputs + kStrip - 1) / kStrip;
  // Few tiles share out their channels: each thread reads its own part of the filters.
  const int64_t shares = blocks < workers.threads() ? std::min<int64_t>(strips, workers.threads()) : 1;
  const int64_t width = (strips + shares - 1) / shares * kStrip;
  const int64_t scratchSize = 16 * (size * (c.inputs + std::min(kStrip, c.outputs)) + 2 * kPadding);
  const auto convolve = HasAvx512() ? avx512::ConvolvePart : avx2::ConvolvePart;
  workers.Run(blocks * shares, [&](int64_t i) {
    static thread_local std::vector<float> scratch;
    if (static_cast<int64_t>(scratch.size()) < scratchSize) scratch.resize(scratchSize);
    const int64_t first = i / shares * size, channel = i % shares * width;
    convolve(c, of, {first, std::min(size, tiles - first), channel, std::min(channel + width, c.outputs)}, scratch.data());
  });
}

}  // namespace roarbook
