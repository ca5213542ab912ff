// Winograd's convolution of a block of tiles, for one instruction set: included once for each, in a namespace of its own, with LANES
// (floats in a register), ROWS (rows that one product holds in registers), TARGET (the function attribute) and ELEMENTS (the
// header for what lies in memory).

typedef float Lanes __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef float Register __attribute__((vector_size(4 * LANES)));

TARGET static inline Register Load(const float *from) { return *reinterpret_cast<const Lanes *>(from); }
TARGET static inline void Store(float *to, Register value) { *reinterpret_cast<Lanes *>(to) = value; }

#include ELEMENTS
#include "winogradForms.h"
#include "winogradProducts.h"
#include "winogradWindows.h"

TARGET static inline const Element *Elements(const void *memory) { return static_cast<const Element *>(memory); }

// G g Gᵀ of the filters from `input` to `input` + LANES, computed in Precise.
template <typename Of>
TARGET static void TransformFilters(const Convolution &c, const float *filters, int64_t input, float *to) {
  const int64_t panel = PanelWidth(c.outputs);
  float turned[9][LANES][LANES];
  for (int64_t n = 0; n < c.outputs; n += LANES) {
    if (c.turned)
      for (int i = 0; i < 9; i++)
        for (int l = 0; l < LANES; l++)
          Store(turned[i][l], Load(filters + ((8 - i) * c.outputs + n + l) * c.inputs + input));
    for (int64_t k = 0; k < LANES; k += kTerms) {
      Register factors[Of::entries * Of::entries][kTerms];
#pragma GCC unroll 2
      for (int term = 0; term < kTerms; term++) {
        Precise rows[Of::entries][3];
        for (int j = 0; j < 3; j++) {
          Precise g[3], column[Of::entries];
          for (int i = 0; i < 3; i++) {
            Register taps;
            if (c.turned)
              for (int l = 0; l < LANES; l++) taps[l] = turned[3 * i + j][l][k + term];
            else
              taps = Load(filters + ((3 * i + j) * c.inputs + input + k + term) * c.outputs + n);
            g[i] = __builtin_convertvector(taps, Precise);
          }
          Of::Taps(g, column);
          for (int i = 0; i < Of::entries; i++) rows[i][j] = column[i];
        }
        for (int i = 0; i < Of::entries; i++) {
          Precise row[Of::entries];
          Of::Taps(rows[i], row);
          for (int j = 0; j < Of::entries; j++)
            factors[Of::entries * i + j][term] = __builtin_convertvector(row[j], Register);
        }
      }
      for (int entry = 0; entry < Of::entries * Of::entries; entry++) {
        Element *matrix = reinterpret_cast<Element *>(to) + (entry * c.outputs + n / panel * panel) * c.inputs;
        StoreTerms(matrix + (input + k) * panel + n % panel * kTerms, factors[entry]);
      }
    }
  }
}

// What follows the convolution, for LANES channels of one pixel, whose addend may be null.
TARGET static inline void Finish(const Convolution &c, const Operands &of, Register y, const Element *addend, int64_t at,
                                 int64_t channel) {
  // Asks for the memory of the next row of tiles: the processor does not foresee it where channels are few.
  const int64_t next = 2 * c.resultWidth * c.outputs, ahead = at + next;
  if (of.bias) y += Load(of.bias + channel);
  if (addend) {
    __builtin_prefetch(addend + (of.spread ? next / 2 : next));
    y += Load(addend);
  }
  // Keeps NaN, as TensorFlow's ReLU does.
  if (of.relu) y = y < 0 ? Register{} : y;
  if (of.gate) {
    __builtin_prefetch(Elements(of.gate) + ahead);
    const Register gate = Load(Elements(of.gate) + at);
    y *= gate > 0 ? Register{} + 1 : Register{};
    if (of.keepsNaN) y = gate == gate ? y : gate;
  }
  Element *const result = static_cast<Element *>(of.result);
  __builtin_prefetch(result + ahead, 1);
  Store(result + at, y);
}

// Aᵀ m A for `width` channels of the result from `channel` on, and then what follows the convolution.
template <typename Of>
TARGET static void TransformOutput(const Convolution &c, const Operands &of, const Tiles &tiles, const float *from,
                                   int64_t stride, int64_t channel, int64_t width) {
  const int64_t halfWidth = c.resultWidth / 2;
  const Element *const addends = Elements(of.addend);
  Walk walk(c, Of::results, tiles.first);
  for (int64_t t = 0; t < tiles.count; t++, walk.Next()) {
    const int64_t row = Of::results * walk.row, column = Of::results * walk.column;
    const int64_t corner = ((walk.image * c.resultHeight + row) * c.resultWidth + column) * c.outputs + channel;
    const int64_t spread = (walk.image * c.resultHeight + row) / 2 * halfWidth + column / 2;
    for (int64_t k = 0; k < width; k += LANES) {
      Register e[Of::results][Of::entries];
#pragma GCC unroll 5
      for (int j = 0; j < Of::entries; j++) {
        Register m[Of::entries], sums[Of::results];
#pragma GCC unroll 5
        for (int i = 0; i < Of::entries; i++) m[i] = Load(from + (Of::entries * i + j) * stride + t * width + k);
        Of::Results(m, sums);
#pragma GCC unroll 4
        for (int i = 0; i < Of::results; i++) e[i][j] = sums[i];
      }
#pragma GCC unroll 4
      for (int i = 0; i < Of::results; i++) {
        if (row + i >= c.resultHeight) continue;
        Register y[Of::results];
        Of::Results(e[i], y);
#pragma GCC unroll 4
        for (int j = 0; j < Of::results; j++) {
          if (column + j >= c.resultWidth) continue;
          const int64_t at = corner + (i * c.resultWidth + j) * c.outputs + k;
          const Element *addend = addends ? addends + at : nullptr;
          if (of.spread)
            addend = i % 2 || j % 2 ? nullptr
                                    : addends + (spread + i / 2 * halfWidth + j / 2) * c.outputs + channel + k;
          Finish(c, of, y[j], addend, at, channel + k);
        }
      }
    }
  }
}

// A part of the result. `scratch` holds a matrix of the input's channels per entry, zeros, and one of a strip's channels per entry.
template <typename Of>
TARGET static void ConvolvePart(const Convolution &c, const Operands &of, const Part &part, float *scratch) {
  constexpr int entries = Of::entries * Of::entries;
  const int64_t count = part.tiles.count, panelWidth = PanelWidth(c.outputs), factors = c.inputs / kTerms;
  const int64_t stride = count * factors + kPadding;
  auto *const left = reinterpret_cast<Factor *>(scratch);
  float *zeros = scratch + entries * stride, *products = zeros + Of::pixels * c.inputs;
  std::fill(zeros, products, 0.f);
  const Images images{Elements(of.images), c.height, c.width, c.inputs, c.before};
  TransformTiles<Input<Of>, 1>(c, images, part.tiles, 0, c.inputs, Elements(zeros), reinterpret_cast<Element *>(left),
                               stride * kTerms);
  for (int64_t channel = part.channel; channel < part.end; channel += kStrip) {
    const int64_t width = std::min(kStrip, part.end - channel), productStride = count * width + kPadding;
    const Product product{factors, factors, 1, panelWidth, width};
    for (int entry = 0; entry < entries; entry++) {
      for (int64_t k = 0; k < width; k += panelWidth) {
        const auto *panel = reinterpret_cast<const Factor *>(of.filters) + (entry * c.outputs + channel + k) * factors;
        const auto multiply = panelWidth > LANES ? MultiplyPanel<2, false> : MultiplyPanel<1, false>;
        multiply(product, count, left + entry * stride, panel, products + entry * productStride + k);
      }
    }
    TransformOutput<Of>(c, of, part.tiles, products, productStride, channel, width);
  }
}

template <typename Of>
static Code CodeOf() {
  return {LANES, Of::entries * Of::entries, Of::pixels, Of::results, TransformFilters<Of>, ConvolvePart<Of>};
}

static Code CodeFor(Form form) {
  switch (form) {
    case Form::kStrided:
      return CodeOf<Strided>();
    case Form::kStridedGradient:
      return CodeOf<StridedGradient<false>>();
    case Form::kPaddedStridedGradient:
      return CodeOf<StridedGradient<true>>();
    default:
      return CodeOf<Unit>();
  }
}

#include "winogradFilterGradient.h"

#undef LANES
#undef ROWS
#undef TARGET
#undef ELEMENTS
#undef ARITHMETIC
