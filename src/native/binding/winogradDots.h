// Roundings and products of bfloat16 by AVX512_BF16: included by winogradHalves.h, with INTRINSIC, the name of the processor's
// instruction for a register of LANES, and PAIRS, its type of LANES pairs.

typedef PAIRS Factors;
// LANES bfloat16, as the processor's instructions take 16-bit numbers.
typedef long long Halves __attribute__((vector_size(2 * LANES)));
typedef long long HalfLanes __attribute__((vector_size(2 * LANES), aligned(2), may_alias));
typedef long long Integers __attribute__((vector_size(4 * LANES)));

TARGET static inline Halves Round(Register value) { return (Halves)INTRINSIC(cvtneps_pbh)(value); }
// GCC makes four instructions of the vector extension's conversion.
TARGET static inline Words Widen(Halves halves) { return (Words)INTRINSIC(cvtepu16_epi32)(halves); }
TARGET static inline Words Pairs(const Register *terms) {
  uint16_t order __attribute__((vector_size(4 * LANES)));
  for (int i = 0; i < 2 * LANES; i++) order[i] = i / 2 + i % 2 * LANES;
  return (Words)INTRINSIC(permutexvar_epi16)((Integers)order, (Integers)INTRINSIC(cvtne2ps_pbh)(terms[1], terms[0]));
}
TARGET static inline Register MultiplyAdd(Register sum, Factors a, Factors b) {
  return INTRINSIC(dpbf16_ps)(sum, a, b);
}

#undef INTRINSIC
#undef PAIRS
