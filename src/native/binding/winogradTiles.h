// Winograd's convolution of a block of tiles, for one instruction set: included once for each, in a namespace of its own, with LANES
// (floats in a register), ROWS (rows that one product holds in registers) and TARGET (the function attribute).

typedef float Lanes __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef float Register __attribute__((vector_size(4 * LANES)));
typedef double Doubles __attribute__((vector_size(8 * LANES)));

TARGET static inline Register Load(const float *from) { return *reinterpret_cast<const Lanes *>(from); }
TARGET static inline void Store(float *to, Register value) { *reinterpret_cast<Lanes *>(to) = value; }

#include "winogradForms.h"

// Columns of a panel: as many as two registers hold, where they divide the outputs.
static int64_t PanelWidth(int64_t outputs) { return outputs % (2 * LANES) == 0 ? 2 * LANES : LANES; }

// G g Gᵀ of the filters from `input` to `input` + LANES, computed in double.
template <typename Of>
TARGET static void TransformFilters(const Convolution &c, const float *filters, int64_t input, float *to) {
  const int64_t panel = PanelWidth(c.outputs);
  float turned[9][LANES][LANES];
  for (int64_t n = 0; n < c.outputs; n += LANES) {
    if (c.turned)
      for (int i = 0; i < 9; i++)
        for (int l = 0; l < LANES; l++)
          Store(turned[i][l], Load(filters + ((8 - i) * c.outputs + n + l) * c.inputs + input));
    for (int64_t k = input; k < input + LANES; k++) {
      Doubles rows[Of::entries][3];
      for (int j = 0; j < 3; j++) {
        Doubles g[3], column[Of::entries];
        for (int i = 0; i < 3; i++) {
          Register taps;
          if (c.turned)
            for (int l = 0; l < LANES; l++) taps[l] = turned[3 * i + j][l][k - input];
          else
            taps = Load(filters + ((3 * i + j) * c.inputs + k) * c.outputs + n);
          g[i] = __builtin_convertvector(taps, Doubles);
        }
        Of::Taps(g, column);
        for (int i = 0; i < Of::entries; i++) rows[i][j] = column[i];
      }
      for (int i = 0; i < Of::entries; i++) {
        Doubles row[Of::entries];
        Of::Taps(rows[i], row);
        for (int j = 0; j < Of::entries; j++)
          Store(to + ((Of::entries * i + j) * c.outputs + n / panel * panel) * c.inputs + k * panel + n % panel,
                __builtin_convertvector(row[j], Register));
      }
    }
  }
}

// Bᵀ d B for `width` channels from `channel` on; each of the entries becomes a matrix [tiles, width], `stride` floats apart.
template <typename Of>
TARGET static void TransformInput(const Convolution &c, const float *images, const Tiles &tiles, int64_t channel,
                                  int64_t width, const float *zeros, float *to, int64_t stride) {
  Walk walk(c, Of::results, tiles.first);
  for (int64_t t = 0; t < tiles.count; t++, walk.Next()) {
    const float *rows[Of::pixels];
    bool inside[Of::pixels];
    const int64_t first = Of::step * walk.column - c.before;
    for (int i = 0; i < Of::pixels; i++) {
      const int64_t row = Of::step * walk.row + i - c.before;
      inside[i] = first + i >= 0 && first + i < c.width;
      rows[i] = row < 0 || row >= c.height
                    ? zeros
                    : images + ((walk.image * c.height + row) * c.width + first) * c.inputs;
    }
    for (int64_t k = 0; k < width; k += LANES) {
      Register e[Of::entries][Of::pixels];
#pragma GCC unroll 5
      for (int j = 0; j < Of::pixels; j++) {
        Register d[Of::pixels], column[Of::entries];
#pragma GCC unroll 5
        for (int i = 0; i < Of::pixels; i++) d[i] = inside[j] ? Load(rows[i] + j * c.inputs + channel + k) : Register{};
        Of::Pixels(d, column);
#pragma GCC unroll 5
        for (int i = 0; i < Of::entries; i++) e[i][j] = column[i];
      }
      float *at = to + t * width + k;
#pragma GCC unroll 5
      for (int i = 0; i < Of::entries; i++) {
        Register row[Of::entries];
        Of::Pixels(e[i], row);
#pragma GCC unroll 5
        for (int j = 0; j < Of::entries; j++, at += stride) Store(at, row[j]);
      }
    }
  }
}

// What follows the convolution, for LANES channels of one pixel, whose addend may be null.
TARGET static inline void Finish(const Convolution &c, const Operands &of, Register y, const float *addend, int64_t at,
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
    __builtin_prefetch(of.gate + ahead);
    y *= Load(of.gate + at) > 0 ? Register{} + 1 : Register{};
  }
  __builtin_prefetch(of.result + ahead, 1);
  Store(of.result + at, y);
}

// Aᵀ m A for `width` channels of the result from `channel` on, and then what follows the convolution.
template <typename Of>
TARGET static void TransformOutput(const Convolution &c, const Operands &of, const Tiles &tiles, const float *from,
                                   int64_t stride, int64_t channel, int64_t width) {
  const int64_t halfWidth = c.resultWidth / 2;
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
          const float *addend = of.addend ? of.addend + at : nullptr;
          if (of.spread)
            addend = i % 2 || j % 2 ? nullptr
                                    : of.addend + (spread + i / 2 * halfWidth + j / 2) * c.outputs + channel + k;
          Finish(c, of, y[j], addend, at, channel + k);
        }
      }
    }
  }
}

// A product of matrices: `terms` are summed, rows and terms lie so far apart in the left matrix, terms in the right one, and rows in
// the result.
struct Product {
  int64_t terms, leftRow, leftTerm, rightTerm, resultRow;
};

// `rows` rows of a product and LANES · vectors columns, held in registers. Sums run over the terms in their order, whatever the
// number of rows: a row does not depend on what is computed beside it.
template <int rows, int vectors, bool adds>
TARGET static void Multiply(const Product &of, const float *left, const float *right, float *to) {
  Register sums[rows][vectors];
#pragma GCC unroll 32
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) sums[r][v] = adds ? Load(to + r * of.resultRow + LANES * v) : Register{};
  for (int64_t k = 0; k < of.terms; k++, left += of.leftTerm, right += of.rightTerm) {
    Register b[vectors];
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) b[v] = Load(right + LANES * v);
#pragma GCC unroll 32
    for (int r = 0; r < rows; r++) {
      // Without the difference, which changes nothing, GCC knows no way to fill a register with a number.
      const Register a = left[r * of.leftRow] - Register{};
#pragma GCC unroll 2
      for (int v = 0; v < vectors; v++) sums[r][v] += a * b[v];
    }
  }
#pragma GCC unroll 32
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) Store(to + r * of.resultRow + LANES * v, sums[r][v]);
}

template <int vectors, bool adds, int rows = ROWS>
TARGET static void MultiplyRows(const Product &of, int64_t count, const float *left, const float *right, float *to) {
  if (count == rows) return Multiply<rows, vectors, adds>(of, left, right, to);
  if constexpr (rows > 1) MultiplyRows<vectors, adds, rows - 1>(of, count, left, right, to);
}

// `count` rows in strips of about equal height.
template <int vectors, bool adds>
TARGET static void MultiplyPanel(const Product &of, int64_t count, const float *left, const float *right, float *to) {
  const int64_t height = Ceil(count, Ceil(count, ROWS));
  for (int64_t r = 0; r < count; r += height)
    MultiplyRows<vectors, adds>(of, std::min(height, count - r), left + r * of.leftRow, right, to + r * of.resultRow);
}

// A part of the result. `scratch` holds a matrix of the input's channels per entry, zeros, and one of a strip's channels per entry.
template <typename Of>
TARGET static void ConvolvePart(const Convolution &c, const Operands &of, const Part &part, float *scratch) {
  constexpr int entries = Of::entries * Of::entries;
  const int64_t count = part.tiles.count, panelWidth = PanelWidth(c.outputs), stride = count * c.inputs + kPadding;
  float *zeros = scratch + entries * stride, *products = zeros + Of::pixels * c.inputs;
  std::fill(zeros, products, 0.f);
  TransformInput<Of>(c, of.images, part.tiles, 0, c.inputs, zeros, scratch, stride);
  for (int64_t channel = part.channel; channel < part.end; channel += kStrip) {
    const int64_t width = std::min(kStrip, part.end - channel), productStride = count * width + kPadding;
    const Product product{c.inputs, c.inputs, 1, panelWidth, width};
    for (int entry = 0; entry < entries; entry++) {
      for (int64_t k = 0; k < width; k += panelWidth) {
        const float *panel = of.filters + (entry * c.outputs + channel + k) * c.inputs;
        const auto multiply = panelWidth > LANES ? MultiplyPanel<2, false> : MultiplyPanel<1, false>;
        multiply(product, count, scratch + entry * stride, panel, products + entry * productStride + k);
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
