// Gradients in the filters of a block of tiles, for one instruction set: included by winogradTiles.h.

// A dY Aᵀ for `width` channels from `channel` on; each of the entries becomes a matrix [tiles, width], `stride` elements
// apart, whose tiles are the terms of a sum.
template <typename Of>
TARGET static void TransformCotangents(const Convolution &c, const Element *cotangents, const Tiles &tiles,
                                       int64_t channel, int64_t width, Element *to, int64_t stride) {
  Walk walk(c, Of::results, tiles.first);
  for (int64_t t = 0; t < tiles.count; t++, walk.Next()) {
    const int64_t row = Of::results * walk.row, column = Of::results * walk.column;
    const Element *corner =
        cotangents + ((walk.image * c.resultHeight + row) * c.resultWidth + column) * c.outputs + channel;
    for (int64_t k = 0; k < width; k += LANES) {
      Register e[Of::entries][Of::results];
#pragma GCC unroll 4
      for (int j = 0; j < Of::results; j++) {
        Register y[Of::results], factors[Of::entries];
#pragma GCC unroll 4
        for (int i = 0; i < Of::results; i++) {
          const bool inside = row + i < c.resultHeight && column + j < c.resultWidth;
          y[i] = inside ? Load(corner + (i * c.resultWidth + j) * c.outputs + k) : Register{};
        }
        Of::Cotangents(y, factors);
#pragma GCC unroll 5
        for (int i = 0; i < Of::entries; i++) e[i][j] = factors[i];
      }
      Element *matrix = to;
#pragma GCC unroll 5
      for (int i = 0; i < Of::entries; i++) {
        Register factors[Of::entries];
        Of::Cotangents(e[i], factors);
#pragma GCC unroll 5
        for (int j = 0; j < Of::entries; j++, matrix += stride) PutTerm(matrix, t, width, k, factors[j]);
      }
    }
  }
}

// The gradients in the factors of a block of filters, [entries, inputs, outputs], from a chunk of the tiles. `scratch` holds
// zeros, and for each entry a matrix of images and one of cotangents.
template <typename Of>
TARGET static void FactorGradients(const Convolution &c, const Gradients &of, const Chunk &chunk, float *scratch,
                                   float *to) {
  constexpr int entries = Of::entries * Of::entries;
  const int64_t inputs = chunk.inputs, outputs = chunk.outputs, size = inputs * outputs;
  float *zeros = scratch;
  auto *const left = reinterpret_cast<Factor *>(zeros + Of::pixels * c.inputs);
  std::fill(zeros, zeros + Of::pixels * c.inputs, 0.f);
  std::fill(to, to + entries * size, 0.f);
  const int64_t panelWidth = PanelWidth(outputs);
  const auto multiply = panelWidth > LANES ? MultiplyPanel<2, true> : MultiplyPanel<1, true>;
  for (int64_t first = chunk.tiles.first, end = first + chunk.tiles.count; first < end; first += kChunkTiles) {
    const Tiles tiles{first, std::min(kChunkTiles, end - first)};
    const int64_t terms = Ceil(tiles.count, kTerms);
    const int64_t leftStride = terms * inputs + kPadding, rightStride = terms * outputs + kPadding;
    Factor *right = left + entries * leftStride;
    TransformInput<Of, true>(c, Elements(of.images), tiles, chunk.input, inputs, Elements(zeros),
                             reinterpret_cast<Element *>(left), leftStride * kTerms);
    TransformCotangents<Of>(c, Elements(of.cotangents), tiles, chunk.output, outputs,
                            reinterpret_cast<Element *>(right), rightStride * kTerms);
    const Product product{terms, 1, inputs, outputs, outputs};
    for (int entry = 0; entry < entries; entry++)
      for (int64_t k = 0; k < outputs; k += panelWidth)
        multiply(product, inputs, left + entry * leftStride, right + entry * rightStride + k, to + entry * size + k);
  }
}

// Gᵀ u G for one input channel of a block, of the sums over the chunks, computed in double.
template <typename Of>
TARGET static void TapGradients(const Convolution &c, const Gradients &of, const Chunk &block, int64_t input,
                                const float *factors, int64_t chunks, int64_t chunkSize) {
  const int64_t size = block.inputs * block.outputs;
  for (int64_t k = 0; k < block.outputs; k += LANES) {
    Doubles rows[3][Of::entries];
    for (int j = 0; j < Of::entries; j++) {
      Doubles u[Of::entries], column[3];
      for (int i = 0; i < Of::entries; i++) {
        const float *at = factors + (Of::entries * i + j) * size + input * block.outputs + k;
        u[i] = Doubles{};
        for (int64_t p = 0; p < chunks; p++) u[i] += __builtin_convertvector(Load(at + p * chunkSize), Doubles);
      }
      Of::TapGradients(u, column);
      for (int i = 0; i < 3; i++) rows[i][j] = column[i];
    }
    for (int i = 0; i < 3; i++) {
      Doubles taps[3];
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
