// TensorFlow's operations RoarbookWinograd, a convolution, RoarbookWinogradGradient, its gradient in the images, each with what follows
// it, and RoarbookWinogradFilterGradient.
#include "winogradOp.h"

#include <initializer_list>
#include <memory>
#include <mutex>

#include "tensorflow/c/c_api.h"
// Without a part of it whose header lies outside of the C interface.
#define IS_SLIM_BUILD
#include "tensorflow/c/kernels.h"
#undef IS_SLIM_BUILD
#include "tensorflow/c/ops.h"
#include "winograd.h"

namespace roarbook {
namespace {

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

// An operation's attributes, by name.
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction *construction) : construction_(construction) {}
  bool Flag(const char *name) {
    TF_Bool value = 0;
    if (IsOk(status_)) TF_OpKernelConstruction_GetAttrBool(construction_, name, &value, status_.get());
    return value;
  }
  int64_t Number(const char *name) {
    int64_t value = 0;
    if (IsOk(status_)) TF_OpKernelConstruction_GetAttrInt64(construction_, name, &value, status_.get());
    return value;
  }
  TF_DataType Type(const char *name) {
    TF_DataType value = TF_FLOAT;
    if (IsOk(status_)) TF_OpKernelConstruction_GetAttrType(construction_, name, &value, status_.get());
    return value;
  }
  void Report() {
    if (!IsOk(status_)) TF_OpKernelConstruction_Failure(construction_, status_.get());
  }

 private:
  TF_OpKernelConstruction *const construction_;
  const Status status_{TF_NewStatus()};
};

Owned<TF_Tensor> Input(TF_OpKernelContext *context, int number, const Status &status) {
  TF_Tensor *tensor = nullptr;
  if (IsOk(status)) TF_GetInput(context, number, &tensor, status.get());
  return Owned<TF_Tensor>(tensor);
}

Owned<TF_Tensor> Output(TF_OpKernelContext *context, TF_DataType type, std::initializer_list<int64_t> shape,
                        const Status &status) {
  size_t bytes = TF_DataTypeSize(type);
  for (const int64_t size : shape) bytes *= size;
  if (!IsOk(status)) return nullptr;
  return Owned<TF_Tensor>(TF_AllocateOutput(context, 0, type, shape.begin(), shape.size(), bytes, status.get()));
}

Owned<TF_Tensor> Temporary(TF_OpKernelContext *context, int64_t size, const Status &status) {
  TF_AllocatorAttributes attributes{TF_ALLOCATOR_ATTRIBUTES_STRUCT_SIZE, 1};
  return Owned<TF_Tensor>(TF_AllocateTemp(context, TF_FLOAT, &size, 1, &attributes, status.get()));
}

void *Memory(const Owned<TF_Tensor> &tensor) { return tensor ? TF_TensorData(tensor.get()) : nullptr; }
float *Values(const Owned<TF_Tensor> &tensor) { return static_cast<float *>(Memory(tensor)); }

// What an operation of a graph is told, and keeps between calls: filters that are the same at each, transformed at the first.
struct Kernel {
  TF_DataType type;
  bool strided, constant, bias, addend, spread, relu, gate;
  // The result's, and the zeros above and before the convolution's images.
  int64_t height, width, before;
  std::mutex mutex;
  Owned<TF_Tensor> filters;
};

void *Create(TF_OpKernelConstruction *construction) {
  Attributes of(construction);
  auto kernel = std::make_unique<Kernel>();
  kernel->type = of.Type("T");
  kernel->strided = of.Flag("strided");
  kernel->constant = of.Flag("constant");
  kernel->bias = of.Flag("bias");
  kernel->addend = of.Flag("addend");
  kernel->spread = of.Flag("spread");
  kernel->relu = of.Flag("relu");
  kernel->gate = of.Flag("gate");
  kernel->height = of.Number("height");
  kernel->width = of.Number("width");
  kernel->before = of.Number("before");
  of.Report();
  return kernel.release();
}

template <typename Kernel>
void Free(void *kernel) {
  delete static_cast<Kernel *>(kernel);
}

// The convolution of these images, or its gradient in images of which these are the result's gradient.
template <bool gradient>
Convolution ConvolutionOf(const Kernel &of, const Owned<TF_Tensor> &images, const Owned<TF_Tensor> &filters) {
  const auto size = [&](int axis) { return TF_Dim(images.get(), axis); };
  Convolution c{Form::kUnit, gradient,  size(0), size(1), size(2), size(3), of.height,
                of.width,    TF_Dim(filters.get(), gradient ? 2 : 3), of.before, of.type == TF_BFLOAT16};
  if (of.strided && gradient) c.form = of.before ? Form::kPaddedStridedGradient : Form::kStridedGradient;
  if (of.strided && !gradient) c.form = Form::kStrided;
  if (gradient) c.before = (of.strided ? 1 : 2) - of.before;
  return c;
}

Owned<TF_Tensor> Transformed(TF_OpKernelContext *context, const Convolution &c, const float *filters,
                             const Status &status) {
  auto result = Temporary(context, FiltersSize(c), status);
  if (IsOk(status)) TransformFilters(c, filters, Values(result));
  return result;
}

template <bool gradient>
void Compute(void *kernel, TF_OpKernelContext *context) {
  Kernel &of = *static_cast<Kernel *>(kernel);
  const Status status(TF_NewStatus());
  int inputs = 0;
  const auto next = [&](bool present) { return present ? Input(context, inputs++, status) : nullptr; };
  const auto images = next(true), filters = next(true), bias = next(of.bias), addend = next(of.addend);
  const auto gate = next(of.gate);
  if (!IsOk(status)) return TF_OpKernelContext_Failure(context, status.get());
  const Convolution c = ConvolutionOf<gradient>(of, images, filters);
  const auto result = Output(context, of.type, {c.images, c.resultHeight, c.resultWidth, c.outputs}, status);
  Owned<TF_Tensor> own;
  const float *transformed = nullptr;
  if (IsOk(status) && of.constant) {
    const std::lock_guard<std::mutex> lock(of.mutex);
    if (!of.filters) of.filters = Transformed(context, c, Values(filters), status);
    transformed = Values(of.filters);
  } else if (IsOk(status)) {
    own = Transformed(context, c, Values(filters), status);
    transformed = Values(own);
  }
  if (!IsOk(status)) return TF_OpKernelContext_Failure(context, status.get());
  Convolve(c, {Memory(images), transformed, Values(bias), Memory(addend), of.spread, of.relu, Memory(gate),
               Memory(result)});
}

// RoarbookWinogradFilterGradient, of images and of the result's gradient.
struct FilterKernel {
  TF_DataType type;
  bool strided;
  int64_t before;
};

void *CreateFilterGradient(TF_OpKernelConstruction *construction) {
  Attributes of(construction);
  auto kernel = std::make_unique<FilterKernel>(FilterKernel{of.Type("T"), of.Flag("strided"), of.Number("before")});
  of.Report();
  return kernel.release();
}

void ComputeFilterGradient(void *kernel, TF_OpKernelContext *context) {
  const FilterKernel &of = *static_cast<FilterKernel *>(kernel);
  const Status status(TF_NewStatus());
  const auto images = Input(context, 0, status), cotangents = Input(context, 1, status);
  if (!IsOk(status)) return TF_OpKernelContext_Failure(context, status.get());
  const auto size = [&](int axis) { return TF_Dim(images.get(), axis); };
  const auto resultSize = [&](int axis) { return TF_Dim(cotangents.get(), axis); };
  const Form form = of.strided ? Form::kStrided : Form::kUnit;
  const Convolution c{form,          false,         size(0),       size(1),  size(2), size(3),
                      resultSize(1), resultSize(2), resultSize(3), of.before, of.type == TF_BFLOAT16};
  const auto result = Output(context, TF_FLOAT, {3, 3, c.inputs, c.outputs}, status);
  const auto factors = IsOk(status) ? Temporary(context, FactorsSize(c), status) : nullptr;
  if (!IsOk(status)) return TF_OpKernelContext_Failure(context, status.get());
  FilterGradient(c, {Memory(images), Memory(cotangents), Values(factors), Values(result)});
}

// A shape of parts of the inputs' shapes and of known sizes, as far as nothing fails.
class Shape {
 public:
  Shape(TF_ShapeInferenceContext *context, TF_Status *status)
      : context_(context), status_(status), shape_(TF_ShapeInferenceContextScalar(context)) {}
  // One size of an input's.
  Shape &Of(int input, int axis) {
    const Owned<TF_ShapeHandle> part(TF_NewShapeHandle());
    if (IsFine()) TF_ShapeInferenceContextGetInput(context_, input, part.get(), status_);
    if (IsFine()) TF_ShapeInferenceContextSubshape(context_, part.get(), axis, axis + 1, part.get(), status_);
    return Add(part);
  }
  // −1: unknown.
  Shape &Size(int64_t size) {
    return Add(Owned<TF_ShapeHandle>(TF_ShapeInferenceContextVectorFromSize(context_, size)));
  }
  void SetOutput() {
    if (IsFine()) TF_ShapeInferenceContextSetOutput(context_, 0, shape_.get(), status_);
  }

 private:
  bool IsFine() const { return TF_GetCode(status_) == TF_OK; }
  Shape &Add(const Owned<TF_ShapeHandle> &part) {
    if (IsFine())
      TF_ShapeInferenceContextConcatenateShapes(context_, shape_.get(), part.get(), shape_.get(), status_);
    return *this;
  }
  TF_ShapeInferenceContext *const context_;
  TF_Status *const status_;
  const Owned<TF_ShapeHandle> shape_;
};

// [N, h, w, C], [3, 3, C, K], … → [N, ?, ?, K]; of the gradient [N, h, w, K] → [N, ?, ?, C]. Attributes are not to be had here.
template <bool gradient>
void InferShape(TF_ShapeInferenceContext *context, TF_Status *status) {
  Shape(context, status).Of(0, 0).Size(-1).Size(-1).Of(1, gradient ? 2 : 3).SetOutput();
}

// [N, H, W, C], [N, h, w, K] → [3, 3, C, K].
void InferFilterShape(TF_ShapeInferenceContext *context, TF_Status *status) {
  Shape(context, status).Size(3).Size(3).Of(0, 3).Of(1, 3).SetOutput();
}

// Another copy of this library may have registered it, and TensorFlow ends the process at a second registration.
bool IsRegistered(const char *name) {
  const Owned<TF_Graph> graph(TF_NewGraph());
  const Owned<TF_Buffer> definition(TF_NewBuffer());
  const Status status(TF_NewStatus());
  TF_GraphGetOpDef(graph.get(), name, definition.get(), status.get());
  return IsOk(status);
}

using Texts = std::initializer_list<const char *>;

bool Register(const char *name, Texts inputs, const char *output, Texts attributes,
              void (*infer)(TF_ShapeInferenceContext *, TF_Status *), void *(*create)(TF_OpKernelConstruction *),
              void (*compute)(void *, TF_OpKernelContext *), void (*free)(void *)) {
  if (IsRegistered(name)) return true;
  const Status status(TF_NewStatus());
  TF_OpDefinitionBuilder *definition = TF_NewOpDefinitionBuilder(name);
  for (const char *input : inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  TF_OpDefinitionBuilderAddOutput(definition, output);
  TF_OpDefinitionBuilderAddAttr(definition, "T: {float, bfloat16} = DT_FLOAT");
  for (const char *attribute : attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, infer);
  TF_RegisterOpDefinition(definition, status.get());
  if (!IsOk(status)) return false;
  TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", create, compute, free), status.get());
  return IsOk(status);
}

template <bool gradient>
bool RegisterConvolution(const char *name) {
  // The flags tell which operands there are, in this order; a ReLU comes before the gate.
  return Register(name, {"images: T", "filters: float", "biases: bias_count * float", "operands: operand_count * T"},
                  "result: T",
                  {"bias_count: int >= 0", "operand_count: int >= 0", "strided: bool", "height: int", "width: int",
                   "before: int", "constant: bool", "bias: bool", "addend: bool", "spread: bool", "relu: bool",
                   "gate: bool"},
                  InferShape<gradient>, Create, Compute<gradient>, Free<Kernel>);
}

}  // namespace

bool RegisterWinograd() {
  return !Instructions().empty() && RegisterConvolution<false>("RoarbookWinograd") &&
         RegisterConvolution<true>("RoarbookWinogradGradient") &&
         Register("RoarbookWinogradFilterGradient", {"images: T", "cotangents: T"}, "result: float",
                  {"strided: bool", "before: int"}, InferFilterShape, CreateFilterGradient, ComputeFilterGradient,
                  Free<FilterKernel>);
}

}  // namespace roarbook
