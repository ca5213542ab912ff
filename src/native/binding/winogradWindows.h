// The factors of tiles of images: included by winogradTiles.h.

// Images [N, height, width, channels], and the rows and columns of zeros before them.
struct Images {
  const Element *values;
  int64_t height, width, channels, before;
};

// How a tile's pixels d are transformed along an axis: those of the input, Bᵀ d.
template <typename Of>
struct Input {
  static constexpr int pixels = Of::pixels, step = Of::step, entries = Of::entries, results = Of::results;
  TARGET static inline void Transform(const Register *d, Register *to) { Of::Pixels(d, to); }
};

// The pixels of a tile, which beyond the images are zeros, as all are of a tile that does not exist.
template <typename Of>
struct Window {
  const Element *rows[Of::pixels];
  bool inside[Of::pixels];
  void Set(const Images &of, const Walk &walk, const Element *zeros, bool exists) {
    const int64_t first = Of::step * walk.column - of.before;
    for (int i = 0; i < Of::pixels; i++) {
      const int64_t row = Of::step * walk.row + i - of.before;
      inside[i] = exists && first + i >= 0 && first + i < of.width;
      rows[i] = row < 0 || row >= of.height
                    ? zeros
                    : of.values + ((walk.image * of.height + row) * of.width + first) * of.channels;
    }
  }
};

// Whether a tile's factors are stored, or kept to be stored with those of the next, as two terms, or are those of the next.
enum class Pass { kAlone, kFirst, kSecond };

// Both axes of a tile, for LANES channels; the entries of the result are stored `stride` elements apart.
template <typename Of, Pass pass>
TARGET static inline void TransformWindow(const Images &of, const Window<Of> &window, int64_t channel, Register *kept,
                                          Element *to, int64_t stride) {
  Register e[Of::entries][Of::pixels];
#pragma GCC unroll 5
  for (int j = 0; j < Of::pixels; j++) {
    Register d[Of::pixels], column[Of::entries];
#pragma GCC unroll 5
    for (int i = 0; i < Of::pixels; i++)
      d[i] = window.inside[j] ? Load(window.rows[i] + j * of.channels + channel) : Register{};
    Of::Transform(d, column);
#pragma GCC unroll 5
    for (int i = 0; i < Of::entries; i++) e[i][j] = column[i];
  }
#pragma GCC unroll 5
  for (int i = 0; i < Of::entries; i++) {
    Register row[Of::entries];
    Of::Transform(e[i], row);
#pragma GCC unroll 5
    for (int j = 0; j < Of::entries; j++, to += stride) {
      const int entry = Of::entries * i + j;
      if constexpr (pass == Pass::kAlone) {
        Store(to, row[j]);
      } else if constexpr (pass == Pass::kFirst) {
        kept[entry] = row[j];
      } else {
        const Register terms[] = {kept[entry], row[j]};
        StoreTerms(to, terms);
      }
    }
  }
}

// The same for `width` channels from `channel` on; each of the entries becomes a matrix [tiles, width], `stride` elements apart.
// So many terms of a factor are tiles.
template <typename Of, int terms>
TARGET static void TransformTiles(const Convolution &c, const Images &of, const Tiles &tiles, int64_t channel,
                                  int64_t width, const Element *zeros, Element *to, int64_t stride) {
  Walk walk(c, Of::results, tiles.first);
  for (int64_t t = 0; t < tiles.count; t += terms) {
    Window<Of> windows[terms];
    for (int term = 0; term < terms; term++, walk.Next()) windows[term].Set(of, walk, zeros, t + term < tiles.count);
    for (int64_t k = 0; k < width; k += LANES) {
      Element *at = to + t * width + k * terms;
      if constexpr (terms == 1) {
        TransformWindow<Of, Pass::kAlone>(of, windows[0], channel + k, nullptr, at, stride);
      } else {
        Register kept[Of::entries * Of::entries];
        TransformWindow<Of, Pass::kFirst>(of, windows[0], channel + k, kept, at, stride);
        TransformWindow<Of, Pass::kSecond>(of, windows[1], channel + k, kept, at, stride);
      }
    }
  }
}
