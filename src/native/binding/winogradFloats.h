// float32 in memory and in products: included by winogradTiles.h.

typedef float Element;
// What is multiplied, in memory and in a register; so many terms of a sum are one.
typedef float Factor;
typedef Register Factors;
// What factors of filters and their gradients are computed in, beyond the rest.
typedef double Precise __attribute__((vector_size(8 * LANES)));
constexpr int kTerms = 1;

TARGET static inline Factors LoadFactors(const Factor *from) { return Load(from); }
// Without the difference, which changes nothing, GCC knows no way to fill a register with a number.
TARGET static inline Factors Spread(Factor factor) { return factor - Register{}; }
TARGET static inline Register MultiplyAdd(Register sum, Factors a, Factors b) { return sum + a * b; }

// LANES factors of these terms.
TARGET static inline void StoreTerms(Element *to, const Register *terms) { Store(to, terms[0]); }
