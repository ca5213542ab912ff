// float32 in memory and in products: included by winogradTiles.h.

typedef float Element;
// What is multiplied, in memory and in a register; so many terms of a sum are one.
typedef float Factor;
typedef Register Factors;
constexpr int64_t kTerms = 1;

TARGET static inline Factors LoadFactors(const Factor *from) { return Load(from); }
// Without the difference, which changes nothing, GCC knows no way to fill a register with a number.
TARGET static inline Factors Spread(Factor factor) { return factor - Register{}; }
TARGET static inline Register MultiplyAdd(Register sum, Factors a, Factors b) { return sum + a * b; }

// Puts LANES entries into a row of a matrix, so that its rows are terms.
TARGET static inline void PutTerm(Element *matrix, int64_t row, int64_t width, int64_t column, Register value) {
  Store(matrix + row * width + column, value);
}
