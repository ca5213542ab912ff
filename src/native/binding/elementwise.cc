#include "elementwise.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "workers.h"

// For each of these the compiler makes code, of which the processor takes the best.
#define CLONED __attribute__((target_clones("avx512f", "avx2", "default")))

namespace roarbook {
namespace {

// Entries at a time, about: what the values of a chain take then stays in the first cache.
constexpr int64_t kBlock = 512;
// Entries from which another thread is worth its while.
constexpr int64_t kShare = 8192;

template <typename Function>
inline __attribute__((always_inline)) void Each(int64_t count, float *__restrict to, Function function) {
  for (int64_t i = 0; i < count; i++) to[i] = function(i);
}

// bfloat16: the upper half of a float.
struct Half {
  uint16_t bits;
  Half() = default;
  explicit Half(float value) : bits(Bits(value) >> 16) {}
  operator float() const { return Float(static_cast<uint32_t>(bits) << 16); }
  static uint32_t Bits(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
  }
  static float Float(uint32_t bits) {
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
};

// To the nearest bfloat16, of two the even one.
inline __attribute__((always_inline)) float Round(float value) {
  const uint32_t bits = Half::Bits(value), nearest = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
  return Half::Float(value != value ? (bits & 0x80000000) | 0x7fc00000 : nearest);
}

CLONED void Convert(const Half *__restrict from, int64_t count, float *__restrict to) {
  for (int64_t i = 0; i < count; i++) to[i] = from[i];
}
void Convert(const float *from, int64_t count, float *to) { std::copy(from, from + count, to); }
void Convert(const bool *from, int64_t count, float *to) { std::copy(from, from + count, to); }
CLONED void Convert(const float *__restrict from, int64_t count, Half *__restrict to) {
  for (int64_t i = 0; i < count; i++) to[i] = Half(from[i]);
}
CLONED void Convert(const float *from, int64_t count, bool *to) {
  for (int64_t i = 0; i < count; i++) to[i] = from[i] != 0;
}

// The compiler knows no value of it, and so leaves no product with it out: that makes denormal numbers 0.
const volatile float kOne = 1;

// Zeros of either sign, denormal numbers and NaN go where TensorFlow's vectors have them; what it computes alone, the last entries of
// a share, may be the other of two zeros as a maximum or minimum.
CLONED void Apply(Arithmetic arithmetic, const float *a, const float *b, const float *c, float *to, int64_t count) {
  const float one = kOne;
  switch (arithmetic) {
    case Arithmetic::kAdd:
      return Each(count, to, [=](int64_t i) { return a[i] + b[i]; });
    case Arithmetic::kSubtract:
      return Each(count, to, [=](int64_t i) { return a[i] - b[i]; });
    case Arithmetic::kMultiply:
      return Each(count, to, [=](int64_t i) { return a[i] * b[i]; });
    case Arithmetic::kDivide:
      return Each(count, to, [=](int64_t i) { return a[i] / b[i]; });
    case Arithmetic::kMaximum:
      return Each(count, to, [=](int64_t i) { return one * (a[i] != a[i] ? a[i] : a[i] > b[i] ? a[i] : b[i]); });
    case Arithmetic::kMinimum:
      return Each(count, to, [=](int64_t i) { return one * (a[i] != a[i] ? a[i] : a[i] < b[i] ? a[i] : b[i]); });
    case Arithmetic::kSquaredDifference:
      return Each(count, to, [=](int64_t i) { return (a[i] - b[i]) * (a[i] - b[i]); });
    case Arithmetic::kNegate:
      return Each(count, to, [=](int64_t i) { return -a[i]; });
    case Arithmetic::kAbs:
      return Each(count, to, [=](int64_t i) { return std::fabs(a[i]); });
    case Arithmetic::kSquare:
      return Each(count, to, [=](int64_t i) { return a[i] * a[i]; });
    case Arithmetic::kSqrt:
      return Each(count, to, [=](int64_t i) { return std::sqrt(a[i]); });
    case Arithmetic::kRelu:
      return Each(count, to, [=](int64_t i) { return a[i] <= 0 ? 0 : a[i]; });
    case Arithmetic::kReluGradient:
      return Each(count, to, [=](int64_t i) { return a[i] * (b[i] > 0 ? one : 0); });
    case Arithmetic::kSelect:
      return Each(count, to, [=](int64_t i) { return a[i] != 0 ? b[i] : c[i]; });
    case Arithmetic::kGreater:
      return Each(count, to, [=](int64_t i) { return a[i] > b[i] ? 1.f : 0.f; });
    case Arithmetic::kGreaterEqual:
      return Each(count, to, [=](int64_t i) { return a[i] >= b[i] ? 1.f : 0.f; });
    case Arithmetic::kLess:
      return Each(count, to, [=](int64_t i) { return a[i] < b[i] ? 1.f : 0.f; });
    case Arithmetic::kLessEqual:
      return Each(count, to, [=](int64_t i) { return a[i] <= b[i] ? 1.f : 0.f; });
    case Arithmetic::kAnd:
      return Each(count, to, [=](int64_t i) { return a[i] * b[i]; });
    case Arithmetic::kOr:
      return Each(count, to, [=](int64_t i) { return a[i] > b[i] ? a[i] : b[i]; });
    case Arithmetic::kNot:
      return Each(count, to, [=](int64_t i) { return 1 - a[i]; });
    case Arithmetic::kIsNaN:
      return Each(count, to, [=](int64_t i) { return a[i] != a[i] ? 1.f : 0.f; });
    case Arithmetic::kRound:
      return Each(count, to, [=](int64_t i) { return Round(a[i]); });
  }
}

// The entries of a source from `first` on.
template <typename T>
void Spread(const Source &source, const T *entries, int64_t first, int64_t count, float *to) {
  int64_t at = first / source.repeat % source.size, left = source.repeat - first % source.repeat;
  while (count > 0) {
    if (source.repeat == 1) {
      const int64_t run = std::min(count, source.size - at);
      Convert(entries + at, run, to);
      at = 0;
      to += run;
      count -= run;
    } else {
      const int64_t run = std::min(count, left);
      std::fill(to, to + run, static_cast<float>(entries[at]));
      at = at + 1 == source.size ? 0 : at + 1;
      left = source.repeat;
      to += run;
      count -= run;
    }
  }
}

void Spread(const Source &source, int64_t first, int64_t count, float *to) {
  switch (source.type) {
    case Type::kFloat:
      return Spread(source, static_cast<const float *>(source.entries), first, count, to);
    case Type::kBool:
      return Spread(source, static_cast<const bool *>(source.entries), first, count, to);
    case Type::kHalf:
      return Spread(source, static_cast<const Half *>(source.entries), first, count, to);
  }
}

// Whether a source has an entry of its own for each of the result's, to be read where it is.
bool IsWhole(const Source &source, int64_t size) { return source.type == Type::kFloat && source.repeat == 1 && source.size == size; }

// Entries of a block: whole periods of the short sources, which are the same at each block then.
int64_t BlockSize(const std::vector<Source> &sources) {
  int64_t period = 1;
  for (const Source &source : sources)
    if (source.repeat == 1 && source.size < kBlock) {
      const int64_t both = std::lcm(period, source.size);
      if (both <= kBlock) period = both;
    }
  return kBlock / period * period;
}

class Chain {
 public:
  Chain(const std::vector<Instruction> &instructions, const std::vector<Source> &sources,
        const std::vector<Target> &targets, int64_t size)
      : instructions_(instructions), sources_(sources), targets_(targets), size_(size), block_(BlockSize(sources)) {}

  int64_t block() const { return block_; }

  // Entries from `first`, where a block begins, to `end`.
  void Run(int64_t first, int64_t end) const {
    static thread_local std::vector<float> scratch;
    static thread_local std::vector<const float *> values;
    const size_t count = sources_.size() + instructions_.size();
    if (scratch.size() < count * kBlock) scratch.resize(count * kBlock);
    values.resize(count);
    for (size_t i = 0; i < count; i++) values[i] = &scratch[i * kBlock];
    for (int64_t at = first; at < end; at += block_) RunBlock(at, std::min(block_, end - at), at == first, values, scratch);
  }

 private:
  void RunBlock(int64_t at, int64_t count, bool isFirst, std::vector<const float *> &values,
                std::vector<float> &scratch) const {
    for (size_t i = 0; i < sources_.size(); i++) {
      const Source &source = sources_[i];
      const bool isPeriodic = source.repeat == 1 && block_ % source.size == 0;
      if (IsWhole(source, size_)) values[i] = static_cast<const float *>(source.entries) + at;
      else if (isFirst || !isPeriodic) Spread(source, at, count, &scratch[i * kBlock]);
    }
    for (size_t i = 0; i < instructions_.size(); i++) {
      const auto &[arithmetic, operands] = instructions_[i];
      Apply(arithmetic, values[operands[0]], values[operands[1]], values[operands[2]],
            &scratch[(sources_.size() + i) * kBlock], count);
    }
    // Only now: a target may lie where a source does.
    for (const Target &target : targets_) Keep(target, values[target.value], at, count);
  }

  static void Keep(const Target &target, const float *value, int64_t at, int64_t count) {
    switch (target.type) {
      case Type::kFloat:
        return Convert(value, count, static_cast<float *>(target.entries) + at);
      case Type::kBool:
        return Convert(value, count, static_cast<bool *>(target.entries) + at);
      case Type::kHalf:
        return Convert(value, count, static_cast<Half *>(target.entries) + at);
    }
  }

  const std::vector<Instruction> &instructions_;
  const std::vector<Source> &sources_;
  const std::vector<Target> &targets_;
  const int64_t size_, block_;
};

}  // namespace

void RunElementwise(const std::vector<Instruction> &instructions, const std::vector<Source> &sources,
                    const std::vector<Target> &targets, int64_t size) {
  const Chain chain(instructions, sources, targets, size);
  // Several shares a thread, for one may be kept from working.
  const int64_t shares = std::clamp<int64_t>(size / kShare, 1, 4 * Workers::Shared().threads());
  const int64_t blocks = (size + chain.block() - 1) / chain.block();
  const int64_t share = (blocks + shares - 1) / shares * chain.block();
  Workers::Shared().Run((size + share - 1) / share,
                        [&](int64_t i) { chain.Run(i * share, std::min(size, (i + 1) * share)); });
}

}  // namespace roarbook
