// Gradients in the filters of a block of tiles, for one instruction set: included by winogradTiles.h.

// A y of a tile's cotangents y along an axis.
template <typename Of>
struct Cotangents {
  static constexpr int pixels = Of::results, step = Of::results, entries = Of::entries, results = Of::results;
  TARGET static inline void Transform(const Register *y, Register *to) { Of::Cotangents(y, to); }
};

// The gradients in the factors of a block of filters, [entries, inputs, outputs], from a chunk of the tiles. `scratch` holds
// zeros, and for each entry a matrix of images and one of cotangents.
template <typename Of>
TARGET static void FactorGradients(const Convolution &c, const Gradients &of, const Chunk &chunk, float *scratch,
                                   float *to) {
  constexpr int entries = Of::entries * Of::entries;
  const int64_t inputs = chunk.inputs, outputs = chunk.outputs, size = inputs * outputs;
  const int64_t zeroCount = Of::pixels * std::max(c.inputs, c.outputs);
  float *zeros = scratch;
  auto *const left = reinterpret_cast<Factor *>(zeros + zeroCount);
  std::fill(zeros, zeros + zeroCount, 0.f);
  std::fill(to, to + entries * size, 0.f);
  const Images images{Elements(of.images), c.height, c.width, c.inputs, c.before};
  const Images cotangents{Elements(of.cotangents), c.resultHeight, c.resultWidth, c.outputs, 0};
  const int64_t panelWidth = PanelWidth(outputs);
  const auto multiply = panelWidth > LANES ? MultiplyPanel<2, true> : MultiplyPanel<1, true>;
  constexpr int64_t atOnce = kChunkTiles * kTerms;
  for (int64_t first = chunk.tiles.first, end = first + chunk.tiles.count; first < end; first += atOnce) {
    const Tiles tiles{first, std::min(atOnce, end - first)};
    const int64_t terms = Ceil(tiles.count, kTerms);
    const int64_t leftStride = terms * inputs + kPadding, rightStride = terms * outputs + kPadding;
    Factor *right = left + entries * leftStride;
    TransformTiles<Input<Of>, kTerms>(c, images, tiles, chunk.input, inputs, Elements(zeros),
                                      reinterpret_cast<Element *>(left), leftStride * kTerms);
    TransformTiles<Cotangents<Of>, kTerms>(c, cotangents, tiles, chunk.output, outputs, Elements(zeros),
                                           reinterpret_cast<Element *>(right), rightStride * kTerms);
    const Product product{terms, 1, inputs, outputs, outputs};
    for (int entry = 0; entry < entries; entry++)
      for (int64_t k = 0; k < outputs; k += panelWidth)
        multiply(product, inputs, left + entry * leftStride, right + entry * rightStride + k, to + entry * size + k);
  }
}

// Gᵀ u G for one input channel of a block, of the sums over the chunks, computed in Precise.
template <typename Of>
TARGET static void TapGradients(const Convolution &c, const Gradients &of, const Chunk &block, int64_t input,
                                const float *factors, int64_t chunks, int64_t chunkSize) {
  const int64_t size = block.inputs * block.outputs;
  for (int64_t k = 0; k < block.outputs; k += LANES) {
    Precise rows[3][Of::entries];
    for (int j = 0; j < Of::entries; j++) {
      Precise u[Of::entries], column[3];
      for (int i = 0; i < Of::entries; i++) {
        const float *at = factors + (Of::entries * i + j) * size + input * block.outputs + k;
        u[i] = Precise{};
        for (int64_t p = 0; p < chunks; p++) u[i] += __builtin_convertvector(Load(at + p * chunkSize), Precise);
      }
      Of::TapGradients(u, column);
      for (int i = 0; i < 3; i++) rows[i][j] = column[i];
    }
    for (int i = 0; i < 3; i++) {
      Precise taps[3];
      Of::TapGradients(rows[i], taps);
      for (int j = 0; j < 3; j++)
        Store(of.result + ((3 * i + j) * c.inputs + block.input + input) * c.outputs + block.output + k,
              __builtin_convertvector(taps[j], Register));
    }
  }
}

template <typename Of>
static FilterCode FilterCodeOf() {
  return {Of::entries * Of::entries, Of::pixels, Of::results, FactorGradients<Of>, TapGradients<Of>};
}

static FilterCode FilterCodeFor(Form form) {
  return form == Form::kStrided ? FilterCodeOf<Strided>() : FilterCodeOf<Unit>();
}
