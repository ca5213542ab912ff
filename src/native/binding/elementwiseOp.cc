// TensorFlow's operation RoarbookElementwise: a chain of elementwise operations on tensors that are broadcast to one shape.
#include "elementwiseOp.h"

#include "elementwise.h"
#include "operation.h"

namespace roarbook {
namespace {

struct Kernel {
  std::vector<int64_t> shape;
  std::vector<Instruction> instructions;
  // Of each input repeat and size; of each output its value.
  std::vector<int64_t> sources, targets;
  int64_t size;
};

void *Create(TF_OpKernelConstruction *construction) {
  Attributes of(construction);
  auto kernel = std::make_unique<Kernel>();
  kernel->shape = of.Numbers("shape");
  kernel->sources = of.Numbers("sources");
  kernel->targets = of.Numbers("targets");
  // Four numbers an instruction.
  const std::vector<int64_t> chain = of.Numbers("instructions");
  for (size_t i = 0; i + 3 < chain.size(); i += 4)
    kernel->instructions.push_back({static_cast<Arithmetic>(chain[i]), {chain[i + 1], chain[i + 2], chain[i + 3]}});
  kernel->size = 1;
  for (const int64_t length : kernel->shape) kernel->size *= length;
  of.Report();
  return kernel.release();
}

Type TypeOf(TF_DataType type) {
  return type == TF_BOOL ? Type::kBool : type == TF_BFLOAT16 ? Type::kHalf : Type::kFloat;
}

void Compute(void *kernel, TF_OpKernelContext *context) {
  const Kernel &of = *static_cast<Kernel *>(kernel);
  const Status status(TF_NewStatus());
  std::vector<Owned<TF_Tensor>> tensors;
  std::vector<Source> sources;
  std::vector<Target> targets;
  // In the place of an input that nothing else needs, where there is one: before it is read, which would be a need.
  std::vector<int> whole;
  for (size_t i = 0; i < of.sources.size() / 2; i++)
    if (of.sources[2 * i] == 1 && of.sources[2 * i + 1] == of.size) whole.push_back(i);
  for (size_t i = 0; i < of.targets.size() && IsOk(status); i++) {
    const Type type = TypeOf(TF_ExpectedOutputDataType(context, i));
    int forwarded = -1;
    tensors.emplace_back(TF_ForwardInputOrAllocateOutput(context, whole.data(), type == Type::kBool ? 0 : whole.size(), i,
                                                         of.shape.data(), of.shape.size(), &forwarded, status.get()));
    if (IsOk(status)) targets.push_back({TF_TensorData(tensors.back().get()), type, of.targets[i]});
  }
  for (size_t i = 0; i < of.sources.size() / 2 && IsOk(status); i++) {
    tensors.push_back(Input(context, i, status));
    if (!IsOk(status)) break;
    const TF_Tensor *tensor = tensors.back().get();
    sources.push_back(
        {TF_TensorData(tensor), TypeOf(TF_TensorType(tensor)), of.sources[2 * i], of.sources[2 * i + 1]});
  }
  if (!IsOk(status)) return TF_OpKernelContext_Failure(context, status.get());
  RunElementwise(of.instructions, sources, targets, of.size);
}

// The shape is an attribute, and those are not to be had here.
void InferShape(TF_ShapeInferenceContext *context, TF_Status *status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

}  // namespace

bool RegisterElementwise() {
  return Register("RoarbookElementwise", {"inputs: Tin"}, {"results: Tout"},
                  {"Tin: list({float, bool, bfloat16})", "Tout: list({float, bool, bfloat16})", "shape: list(int)", "instructions: list(int)",
                   "sources: list(int)", "targets: list(int)"},
                  InferShape, Create, Compute, Free<Kernel>);
}

}  // namespace roarbook
