// TensorFlow's operation RoarbookWinograd: a convolution whose filter is the same at each call, and what follows it.
#include "winogradOp.h"

#include <memory>
#include <mutex>
#include <new>

#include "tensorflow/c/c_api.h"
// Without a part of it whose header lies outside of the C interface.
#define IS_SLIM_BUILD
#include "tensorflow/c/kernels.h"
#undef IS_SLIM_BUILD
#include "tensorflow/c/ops.h"
#include "winograd.h"

namespace roarbook {
namespace {

constexpr char kName[] = "RoarbookWinograd";

struct Delete {
  void operator()(TF_Status *status) const { TF_DeleteStatus(status); }
  void operator()(TF_Tensor *tensor) const { TF_DeleteTensor(tensor); }
  void operator()(TF_ShapeHandle *shape) const { TF_DeleteShapeHandle(shape); }
  void operator()(TF_Graph *graph) const { TF_DeleteGraph(graph); }
  void operator()(TF_Buffer *buffer) const { TF_DeleteBuffer(buffer); }
};
template <typename T>
using Owned = std::unique_ptr<T, Delete>;
using Status = Owned<TF_Status>;

bool IsOk(const Status &status) { return TF_GetCode(status.get()) == TF_OK; }

// What an operation of a graph keeps between calls: its filters as Winograd's products take them.
struct Kernel {
  bool relu = false;
  std::once_flag once;
  std::vector<float> filters;
};

void *Create(TF_OpKernelConstruction *construction) {
  const Status status(TF_NewStatus());
  auto kernel = std::make_unique<Kernel>();
  TF_Bool relu = 0;
  TF_OpKernelConstruction_GetAttrBool(construction, "relu", &relu, status.get());
  if (!IsOk(status)) TF_OpKernelConstruction_Failure(construction, status.get());
  kernel->relu = relu;
  return kernel.release();
}

void Free(void *kernel) { delete static_cast<Kernel *>(kernel); }

Owned<TF_Tensor> Input(TF_OpKernelContext *context, int number, const Status &status) {
  TF_Tensor *tensor = nullptr;
  if (IsOk(status) && number < TF_NumInputs(context)) TF_GetInput(context, number, &tensor, status.get());
  return Owned<TF_Tensor>(tensor);
}

const float *Values(const Owned<TF_Tensor> &tensor) {
  return tensor ? static_cast<const float *>(TF_TensorData(tensor.get())) : nullptr;
}

void Compute(void *kept, TF_OpKernelContext *context) {
  Kernel &kernel = *static_cast<Kernel *>(kept);
  const Status status(TF_NewStatus());
  const auto images = Input(context, 0, status), filters = Input(context, 1, status);
  const auto bias = Input(context, 2, status), addend = Input(context, 3, status);
  if (!IsOk(status)) return TF_OpKernelContext_Failure(context, status.get());
  const auto size = [](const Owned<TF_Tensor> &of, int axis) { return TF_Dim(of.get(), axis); };
  const Convolution c{size(images, 0), size(images, 1), size(images, 2), size(images, 3), size(filters, 3)};
  const int64_t shape[] = {c.images, c.height, c.width, c.outputs};
  const size_t bytes = sizeof(float) * c.images * c.height * c.width * c.outputs;
  const Owned<TF_Tensor> result(TF_AllocateOutput(context, 0, TF_FLOAT, shape, 4, bytes, status.get()));
  if (!IsOk(status)) return TF_OpKernelContext_Failure(context, status.get());
  try {
    std::call_once(kernel.once, [&] { kernel.filters = TransformFilters(c, Values(filters)); });
  } catch (const std::bad_alloc &) {
    TF_SetStatus(status.get(), TF_RESOURCE_EXHAUSTED, "OOM when allocating the filters of a convolution");
    return TF_OpKernelContext_Failure(context, status.get());
  }
  Convolve(c, {Values(images), kernel.filters.data(), Values(bias), Values(addend), kernel.relu,
               static_cast<float *>(TF_TensorData(result.get()))});
}

// [N, H, W, C], [3, 3, C, K], … → [N, H, W, K].
void InferShape(TF_ShapeInferenceContext *context, TF_Status *status) {
  const Owned<TF_ShapeHandle> images(TF_NewShapeHandle()), filters(TF_NewShapeHandle()), result(TF_NewShapeHandle());
  const auto part = [&](int input, const Owned<TF_ShapeHandle> &to, int start, int end) {
    if (TF_GetCode(status) == TF_OK) TF_ShapeInferenceContextGetInput(context, input, to.get(), status);
    if (TF_GetCode(status) == TF_OK)
      TF_ShapeInferenceContextSubshape(context, to.get(), start, end, to.get(), status);
  };
  part(0, images, 0, 3);
  part(1, filters, 3, 4);
  if (TF_GetCode(status) == TF_OK)
    TF_ShapeInferenceContextConcatenateShapes(context, images.get(), filters.get(), result.get(), status);
  if (TF_GetCode(status) == TF_OK) TF_ShapeInferenceContextSetOutput(context, 0, result.get(), status);
}

// Another copy of this library may have registered it, and TensorFlow ends the process at a second registration.
bool IsRegistered() {
  const Owned<TF_Graph> graph(TF_NewGraph());
  const Owned<TF_Buffer> definition(TF_NewBuffer());
  const Status status(TF_NewStatus());
  TF_GraphGetOpDef(graph.get(), kName, definition.get(), status.get());
  return IsOk(status);
}

}  // namespace

bool RegisterWinograd() {
  if (Instructions().empty()) return false;
  if (IsRegistered()) return true;
  const Status status(TF_NewStatus());
  TF_OpDefinitionBuilder *definition = TF_NewOpDefinitionBuilder(kName);
  for (const char *input : {"images: float", "filters: float", "addends: addend_count * float"})
    TF_OpDefinitionBuilderAddInput(definition, input);
  TF_OpDefinitionBuilderAddOutput(definition, "result: float");
  for (const char *attribute : {"addend_count: int >= 0", "relu: bool"})
    TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, InferShape);
  TF_RegisterOpDefinition(definition, status.get());
  if (!IsOk(status)) return false;
  TF_RegisterKernelBuilder(kName, TF_NewKernelBuilder(kName, "CPU", Create, Compute, Free), status.get());
  return IsOk(status);
}

}  // namespace roarbook
