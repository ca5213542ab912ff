// Winograd's convolution F(2×2, 3×3) of a block of tiles, for one instruction set: included once for each, in a namespace of its
// own, with LANES (floats in a register), ROWS (tiles that one product holds in registers) and TARGET (the function attribute).
//
// A tile is 2×2 pixels of the result and takes 4×4 of the input, d. With Bᵀ, G, Aᵀ of Lavin & Gray 2016 (arXiv:1509.09308, section
// 4.1) it is Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A: 16 products for each channel of the input and of the result in place of 36.

typedef float Lanes __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef float Register __attribute__((vector_size(4 * LANES)));

TARGET static inline Register Load(const float *from) { return *reinterpret_cast<const Lanes *>(from); }
TARGET static inline void Store(float *to, Register value) { *reinterpret_cast<Lanes *>(to) = value; }

// Bᵀ d B for all channels of a part's tiles; each of the 16 entries becomes a matrix [tiles, channels], `stride` floats apart.
TARGET static void TransformInput(const Convolution &c, const float *images, const Part &part, float *to,
                                  int64_t stride) {
  for (int64_t t = 0; t < part.count; t++) {
    const Place place = PlaceOf(c, part.first + t);
    const float *pixels[16];
    for (int i = 0; i < 16; i++) pixels[i] = PixelAt(c, images, place, i / 4 - 1, i % 4 - 1);
    for (int64_t k = 0; k < c.inputs; k += LANES) {
      Register d[4][4], e[4][4];
      for (int i = 0; i < 16; i++) d[i / 4][i % 4] = pixels[i] ? Load(pixels[i] + k) : Register{};
      for (int j = 0; j < 4; j++) {
        e[0][j] = d[0][j] - d[2][j];
        e[1][j] = d[1][j] + d[2][j];
        e[2][j] = d[2][j] - d[1][j];
        e[3][j] = d[1][j] - d[3][j];
      }
      float *at = to + t * c.inputs + k;
      for (int i = 0; i < 4; i++, at += 4 * stride) {
        Store(at, e[i][0] - e[i][2]);
        Store(at + stride, e[i][1] + e[i][2]);
        Store(at + 2 * stride, e[i][2] - e[i][1]);
        Store(at + 3 * stride, e[i][1] - e[i][3]);
      }
    }
  }
}

// Aᵀ m A for `width` channels of the result from `channel` on, and then what follows the convolution.
TARGET static void TransformOutput(const Convolution &c, const Operands &of, const Part &part, const float *from,
                                   int64_t stride, int64_t channel, int64_t width) {
  for (int64_t t = 0; t < part.count; t++) {
    const Place place = PlaceOf(c, part.first + t);
    for (int64_t k = 0; k < width; k += LANES) {
      Register m[4][4], e[2][4];
      for (int i = 0; i < 16; i++) m[i / 4][i % 4] = Load(from + i * stride + t * width + k);
      for (int j = 0; j < 4; j++) {
        e[0][j] = m[0][j] + m[1][j] + m[2][j];
        e[1][j] = m[1][j] - m[2][j] - m[3][j];
      }
      for (int i = 0; i < 4; i++) {
        const int64_t row = 2 * place.row + i / 2, column = 2 * place.column + i % 2;
        if (row >= c.height || column >= c.width) continue;
        const Register *f = e[i / 2];
        Register y = i % 2 == 0 ? f[0] + f[1] + f[2] : f[1] - f[2] - f[3];
        const int64_t at = ((place.image * c.height + row) * c.width + column) * c.outputs + channel + k;
        if (of.bias) y += Load(of.bias + channel + k);
        if (of.addend) y += Load(of.addend + at);
        // Keeps NaN, as TensorFlow's ReLU does.
        if (of.relu) y = y < 0 ? Register{} : y;
        Store(of.result + at, y);
      }
    }
  }
}

// The product of `rows` rows [channels] and a panel [channels, LANES · vectors], held in registers. Sums run over the channels in
// their order, whatever the number of rows: a tile's result does not depend on what is computed beside it.
template <int rows, int vectors>
TARGET static void Multiply(const float *left, int64_t channels, const float *panel, float *to, int64_t width) {
  Register sums[rows][vectors];
#pragma GCC unroll 32
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) sums[r][v] = Register{};
  for (int64_t k = 0; k < channels; k++, panel += LANES * vectors) {
    Register b[vectors];
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) b[v] = Load(panel + LANES * v);
#pragma GCC unroll 32
    for (int r = 0; r < rows; r++) {
      const Register a = Register{} + left[r * channels + k];
#pragma GCC unroll 2
      for (int v = 0; v < vectors; v++) sums[r][v] += a * b[v];
    }
  }
#pragma GCC unroll 32
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) Store(to + r * width + LANES * v, sums[r][v]);
}

template <int vectors, int rows = ROWS>
TARGET static void MultiplyRows(int64_t count, const float *left, int64_t channels, const float *panel, float *to,
                                int64_t width) {
  if (count == rows) return Multiply<rows, vectors>(left, channels, panel, to, width);
  if constexpr (rows > 1) MultiplyRows<vectors, rows - 1>(count, left, channels, panel, to, width);
}

// [count, channels] · panel in strips of about equal height.
template <int vectors>
TARGET static void MultiplyPanel(int64_t count, const float *left, int64_t channels, const float *panel, float *to,
                                 int64_t width) {
  const int64_t strips = (count + ROWS - 1) / ROWS, height = (count + strips - 1) / strips;
  for (int64_t t = 0; t < count; t += height)
    MultiplyRows<vectors>(std::min(height, count - t), left + t * channels, channels, panel, to + t * width, width);
}

// Columns of a panel: as many as two registers hold, where they divide the outputs.
static int64_t PanelWidth(const Convolution &c) { return c.outputs % (2 * LANES) == 0 ? 2 * LANES : LANES; }

// A part of the result. `scratch` holds 16 matrices of the input's and 16 of a strip's channels.
TARGET static void ConvolvePart(const Convolution &c, const Operands &of, const Part &part, float *scratch) {
  const int64_t panelWidth = PanelWidth(c), stride = part.count * c.inputs + kPadding;
  TransformInput(c, of.images, part, scratch, stride);
  float *products = scratch + 16 * stride;
  for (int64_t channel = part.channel; channel < part.end; channel += kStrip) {
    const int64_t width = std::min(kStrip, part.end - channel), productStride = part.count * width + kPadding;
    for (int entry = 0; entry < 16; entry++) {
      const float *left = scratch + entry * stride;
      for (int64_t k = 0; k < width; k += panelWidth) {
        const float *panel = of.filters + (entry * c.outputs + channel + k) * c.inputs;
        const auto multiply = panelWidth > LANES ? MultiplyPanel<2> : MultiplyPanel<1>;
        multiply(part.count, left, c.inputs, panel, products + entry * productStride + k, width);
      }
    }
    TransformOutput(c, of, part, products, productStride, channel, width);
  }
}
