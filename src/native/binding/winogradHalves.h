// bfloat16 in memory and in products, whose sums are float32: included by winogradTiles.h, with ARITHMETIC, the header for roundings
// and products of LANES.

typedef uint16_t Element;
// What is multiplied, in memory and in a register: two terms of a sum.
typedef uint32_t Factor __attribute__((may_alias));
// What factors of filters and their gradients are computed in: enough for what is rounded, or was, to bfloat16.
typedef Register Precise;
constexpr int kTerms = 2;

typedef uint32_t Words __attribute__((vector_size(4 * LANES)));
typedef uint32_t WordLanes __attribute__((vector_size(4 * LANES), aligned(2), may_alias));

#include ARITHMETIC

TARGET static inline Register Load(const Element *from) {
  return (Register)(Widen(*reinterpret_cast<const HalfLanes *>(from)) << 16);
}
TARGET static inline void Store(Element *to, Register value) { *reinterpret_cast<HalfLanes *>(to) = Round(value); }

TARGET static inline Factors LoadFactors(const Factor *from) {
  return (Factors)(Words) * reinterpret_cast<const WordLanes *>(from);
}
TARGET static inline Factors Spread(Factor factor) { return (Factors)(factor - Words{}); }

// LANES factors of these terms.
TARGET static inline void StoreTerms(Element *to, const Register *terms) {
  *reinterpret_cast<WordLanes *>(to) = Pairs(terms);
}
