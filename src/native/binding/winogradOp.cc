// TensorFlow's operations RoarbookWinograd, a convolution, RoarbookWinogradGradient, its gradient in the images, each with what follows
// it, and RoarbookWinogradFilterGradient.
#include "winogradOp.h"

#include <memory>
#include <mutex>

#include "operation.h"
#include "winograd.h"

namespace roarbook {
namespace {

// What an operation of a graph is told, and keeps between calls: filters that are the same at each, transformed at the first.
struct Kernel {
  TF_DataType type;
  bool strided, constant, bias, addend, spread, relu, gate, keepsNaN;
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
  kernel->keepsNaN = of.Flag("keepsNaN");
  kernel->height = of.Number("height");
  kernel->width = of.Number("width");
  kernel->before = of.Number("before");
  of.Report();
  return kernel.release();
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
               of.keepsNaN, Memory(result)});
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

// [N, h, w, C], [3, 3, C, K], … → [N, ?, ?, K]; of the gradient [N, h, w, K] → [N, ?, ?, C]. Attributes are not to be had here.
template <bool gradient>
void InferShape(TF_ShapeInferenceContext *context, TF_Status *status) {
  Shape(context, status).Of(0, 0).Size(-1).Size(-1).Of(1, gradient ? 2 : 3).SetOutput();
}

// [N, H, W, C], [N, h, w, K] → [3, 3, C, K].
void InferFilterShape(TF_ShapeInferenceContext *context, TF_Status *status) {
  Shape(context, status).Size(3).Size(3).Of(0, 3).Of(1, 3).SetOutput();
}

template <bool gradient>
bool RegisterConvolution(const char *name) {
  // The flags tell which operands there are, in this order; a ReLU comes before the gate.
  return Register(name, {"images: T", "filters: float", "biases: bias_count * float", "operands: operand_count * T"},
                  {"result: T"},
                  {"T: {float, bfloat16} = DT_FLOAT", "bias_count: int >= 0", "operand_count: int >= 0", "strided: bool",
                   "height: int", "width: int", "before: int", "constant: bool", "bias: bool", "addend: bool",
                   "spread: bool", "relu: bool", "gate: bool",
                   "keepsNaN: bool"},
                  InferShape<gradient>, Create, Compute<gradient>, Free<Kernel>);
}

}  // namespace

bool RegisterWinograd() {
  return !Instructions().empty() && RegisterConvolution<false>("RoarbookWinograd") &&
         RegisterConvolution<true>("RoarbookWinogradGradient") &&
         Register("RoarbookWinogradFilterGradient", {"images: T", "cotangents: T"}, {"result: float"},
                  {"T: {float, bfloat16} = DT_FLOAT", "strided: bool", "before: int"}, InferFilterShape,
                  CreateFilterGradient, ComputeFilterGradient, Free<FilterKernel>);
}

}  // namespace roarbook
