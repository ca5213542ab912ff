// bfloat16 in memory and in products, whose sums are float32: included by winogradTiles.h, with INTRINSIC, the name of the
// processor's instruction for a register of LANES, and PAIRS, its type of LANES pairs.

typedef uint16_t Element;
// What is multiplied, in memory and in a register: two terms of a sum.
typedef uint32_t Factor __attribute__((may_alias));
typedef PAIRS Factors;
constexpr int64_t kTerms = 2;

typedef uint16_t HalfRegister __attribute__((vector_size(2 * LANES)));
typedef uint16_t HalfLanes __attribute__((vector_size(2 * LANES), aligned(2), may_alias));
typedef uint32_t Words __attribute__((vector_size(4 * LANES)));
typedef uint32_t WordLanes __attribute__((vector_size(4 * LANES), aligned(2), may_alias));

TARGET static inline HalfRegister Round(Register value) { return (HalfRegister)INTRINSIC(cvtneps_pbh)(value); }
TARGET static inline Register Load(const Element *from) {
  return (Register)(__builtin_convertvector(*reinterpret_cast<const HalfLanes *>(from), Words) << 16);
}
TARGET static inline void Store(Element *to, Register value) { *reinterpret_cast<HalfLanes *>(to) = Round(value); }

TARGET static inline Factors LoadFactors(const Factor *from) {
  return (Factors)(Words) * reinterpret_cast<const WordLanes *>(from);
}
TARGET static inline Factors Spread(Factor factor) { return (Factors)(factor - Words{}); }
TARGET static inline Register MultiplyAdd(Register sum, Factors a, Factors b) {
  return INTRINSIC(dpbf16_ps)(sum, a, b);
}

// Puts LANES entries into a row of a matrix, so that its rows are terms: two of them, entry beside entry. The second is put
// after the first.
TARGET static inline void PutTerm(Element *matrix, int64_t row, int64_t width, int64_t column, Register value) {
  Element *const to = matrix + (row / 2 * width + column) * 2;
  Words entries = __builtin_convertvector(Round(value), Words);
  if (row % 2 != 0) entries = entries << 16 | *reinterpret_cast<const WordLanes *>(to);
  *reinterpret_cast<WordLanes *>(to) = entries;
}
