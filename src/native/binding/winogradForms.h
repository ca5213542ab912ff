// One-dimensional algorithms of 3 taps g, applied along both axes: `pixels` neighbours d make `entries` factors Bᵀ d, which times
// the factors G g of the taps make `results` pixels, Aᵀ((G g) ⊙ (Bᵀ d)). Of a gradient y in the results, A y times Bᵀ d are
// gradients u in the taps' factors, and Gᵀ u those in the taps. Included by winogradTiles.h for each instruction set.

// Stride 1: F(2, 3) of Lavin & Gray 2016 (arXiv:1509.09308, section 4.1), 4 products in place of 6.
struct Unit {
  static constexpr int pixels = 4, step = 2, entries = 4, results = 2;
  TARGET static inline void Taps(const Precise *g, Precise *to) {
    to[0] = g[0];
    to[1] = (g[0] + g[1] + g[2]) * .5;
    to[2] = (g[0] - g[1] + g[2]) * .5;
    to[3] = g[2];
  }
  TARGET static inline void Pixels(const Register *d, Register *to) {
    to[0] = d[0] - d[2];
    to[1] = d[1] + d[2];
    to[2] = d[2] - d[1];
    to[3] = d[1] - d[3];
  }
  TARGET static inline void Results(const Register *m, Register *to) {
    to[0] = m[0] + m[1] + m[2];
    to[1] = m[1] - m[2] - m[3];
  }
  TARGET static inline void Cotangents(const Register *y, Register *to) {
    to[0] = y[0];
    to[1] = y[0] + y[1];
    to[2] = y[0] - y[1];
    to[3] = -y[1];
  }
  TARGET static inline void TapGradients(const Precise *u, Precise *to) {
    to[0] = u[0] + (u[1] + u[2]) * .5;
    to[1] = (u[1] - u[2]) * .5;
    to[2] = (u[1] + u[2]) * .5 + u[3];
  }
};

// Stride 2: the outer taps meet every other pixel, F(2, 2), the middle one those between: 5 products in place of 6.
struct Strided {
  static constexpr int pixels = 5, step = 4, entries = 5, results = 2;
  TARGET static inline void Taps(const Precise *g, Precise *to) {
    to[0] = g[0];
    to[1] = g[0] + g[2];
    to[2] = g[2];
    to[3] = to[4] = g[1];
  }
  TARGET static inline void Pixels(const Register *d, Register *to) {
    to[0] = d[0] - d[2];
    to[1] = d[2];
    to[2] = d[4] - d[2];
    to[3] = d[1];
    to[4] = d[3];
  }
  TARGET static inline void Results(const Register *m, Register *to) {
    to[0] = m[0] + m[1] + m[3];
    to[1] = m[1] + m[2] + m[4];
  }
  TARGET static inline void Cotangents(const Register *y, Register *to) {
    to[0] = to[3] = y[0];
    to[1] = y[0] + y[1];
    to[2] = to[4] = y[1];
  }
  TARGET static inline void TapGradients(const Precise *u, Precise *to) {
    to[0] = u[0] + u[1];
    to[1] = u[3] + u[4];
    to[2] = u[1] + u[2];
  }
};

// The gradient of stride 2 in the images, with the taps turned: the outer ones make every other pixel, the middle one those
// between. The images begin with one of the former, or with one of the latter, where a row and a column of zeros precede them.
template <bool padded>
struct StridedGradient {
  static constexpr int pixels = 3, step = 2, entries = 5, results = 4;
  TARGET static inline void Taps(const Precise *g, Precise *to) { Strided::Taps(g, to); }
  TARGET static inline void Pixels(const Register *d, Register *to) {
    to[0] = d[0] - d[1];
    to[1] = d[1];
    to[2] = d[2] - d[1];
    to[3] = d[padded ? 0 : 1];
    to[4] = d[padded ? 1 : 2];
  }
  TARGET static inline void Results(const Register *m, Register *to) {
    to[padded ? 1 : 0] = m[0] + m[1];
    to[padded ? 3 : 2] = m[1] + m[2];
    to[padded ? 0 : 1] = m[3];
    to[padded ? 2 : 3] = m[4];
  }
};
