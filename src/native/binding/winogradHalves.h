// bfloat16 in memory and in products, whose sums are float32: included by winogradTiles.h, with INTRINSIC, the name of the
// processor's instruction for a register of LANES, and PAIRS, its type of LANES pairs.

typedef uint16_t Element;
// What is multiplied, in memory and in a register: two terms of a sum.
typedef uint32_t Factor __attribute__((may_alias));
typedef PAIRS Factors;
// What factors of filters and their gradients are computed in: enough for what is rounded, or was, to bfloat16.
typedef Register Precise;
constexpr int kTerms = 2;

// LANES bfloat16, as the processor's instructions take 16-bit numbers.
typedef long long Halves __attribute__((vector_size(2 * LANES)));
typedef long long HalfLanes __attribute__((vector_size(2 * LANES), aligned(2), may_alias));
typedef uint32_t Words __attribute__((vector_size(4 * LANES)));
typedef long long Integers __attribute__((vector_size(4 * LANES)));
typedef uint32_t WordLanes __attribute__((vector_size(4 * LANES), aligned(2), may_alias));

TARGET static inline Halves Round(Register value) { return (Halves)INTRINSIC(cvtneps_pbh)(value); }
// GCC makes four instructions of the vector extension's conversion.
TARGET static inline Words Widen(Halves halves) { return (Words)INTRINSIC(cvtepu16_epi32)(halves); }
TARGET static inline Register Load(const Element *from) {
  return (Register)(Widen(*reinterpret_cast<const HalfLanes *>(from)) << 16);
}
TARGET static inline void Store(Element *to, Register value) { *reinterpret_cast<HalfLanes *>(to) = Round(value); }

TARGET static inline Factors LoadFactors(const Factor *from) {
  return (Factors)(Words) * reinterpret_cast<const WordLanes *>(from);
}
TARGET static inline Factors Spread(Factor factor) { return (Factors)(factor - Words{}); }
TARGET static inline Register MultiplyAdd(Register sum, Factors a, Factors b) {
  return INTRINSIC(dpbf16_ps)(sum, a, b);
}

// LANES factors of these terms.
TARGET static inline void StoreTerms(Element *to, const Register *terms) {
  uint16_t order __attribute__((vector_size(4 * LANES)));
  for (int i = 0; i < 2 * LANES; i++) order[i] = i / 2 + i % 2 * LANES;
  *reinterpret_cast<WordLanes *>(to) =
      (Words)INTRINSIC(permutexvar_epi16)((Integers)order, (Integers)INTRINSIC(cvtne2ps_pbh)(terms[1], terms[0]));
}
