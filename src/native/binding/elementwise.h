// Chains of elementwise operations in one pass over memory: declared for elementwiseOp.cc.
#pragma once

#include <cstdint>
#include <vector>

namespace roarbook {

// In the order of src/compiler/passes/elementwise.ts. Truth is 1, and what is not true 0.
enum class Arithmetic : int64_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kMaximum,
  kMinimum,
  kSquaredDifference,
  kNegate,
  kAbs,
  kSquare,
  kSqrt,
  kRelu,
  kReluGradient,
  kSelect,
  kGreater,
  kGreaterEqual,
  kLess,
  kLessEqual,
  kAnd,
  kOr,
  kNot,
  kIsNaN,
  kRound,
};

// Of entries in memory; they are computed as floats, and are bfloat16 once they were rounded.
enum class Type { kFloat, kBool, kHalf };

// Its operands are values: first the inputs', and then the results of instructions, in this order.
struct Instruction {
  Arithmetic arithmetic;
  int64_t operands[3];
};

// An input, which has for entry i of a result the one at (i / repeat) mod size.
struct Source {
  const void *entries;
  Type type;
  int64_t repeat, size;
};

// A value that is kept.
struct Target {
  void *entries;
  Type type;
  int64_t value;
};

// Computes `size` entries in all threads. Each rounds as TensorFlow's own operation does, and denormal numbers are 0.
void RunElementwise(const std::vector<Instruction> &instructions, const std::vector<Source> &sources,
                    const std::vector<Target> &targets, int64_t size);

}  // namespace roarbook
