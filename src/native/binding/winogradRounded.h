// Roundings and products of bfloat16 where the processor has no instructions for them: included by winogradHalves.h. What is rounded,
// and what is summed in float32, is the same; denormals stay, which AVX512_BF16 takes for 0. Slower than float32.

typedef Words Factors;
typedef uint16_t Halves __attribute__((vector_size(2 * LANES)));
typedef uint16_t HalfLanes __attribute__((vector_size(2 * LANES), aligned(2), may_alias));

// To the nearest, of two the even one.
TARGET static inline Halves Round(Register value) {
  const Words bits = (Words)value, nearest = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return __builtin_convertvector(value == value ? nearest : bits >> 16 | 0x40, Halves);
}
TARGET static inline Words Widen(Halves halves) { return __builtin_convertvector(halves, Words); }
TARGET static inline Words Pairs(const Register *terms) { return Widen(Round(terms[1])) << 16 | Widen(Round(terms[0])); }
// A product of two bfloat16 is a float; the higher halves' is added first.
TARGET static inline Register MultiplyAdd(Register sum, Factors a, Factors b) {
  constexpr uint32_t high = 0xffff0000;
  sum += (Register)(a & high) * (Register)(b & high);
  return sum + (Register)(a << 16) * (Register)(b << 16);
}
