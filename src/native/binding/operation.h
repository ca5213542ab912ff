// What operations of our own ask of TensorFlow's C interface: their attributes, inputs, outputs and shapes, and to be known to it.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <vector>

#include "tensorflow/c/c_api.h"
// Without a part of it whose header lies outside of the C interface.
#define IS_SLIM_BUILD
#include "tensorflow/c/kernels.h"
#undef IS_SLIM_BUILD
#include "tensorflow/c/ops.h"

namespace roarbook {

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

inline bool IsOk(const Status &status) { return TF_GetCode(status.get()) == TF_OK; }

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
  std::vector<int64_t> Numbers(const char *name) {
    int32_t length = 0, bytes = 0;
    if (IsOk(status_)) TF_OpKernelConstruction_GetAttrSize(construction_, name, &length, &bytes, status_.get());
    std::vector<int64_t> values(std::max(0, length));
    if (IsOk(status_))
      TF_OpKernelConstruction_GetAttrInt64List(construction_, name, values.data(), values.size(), status_.get());
    return values;
  }
  void Report() {
    if (!IsOk(status_)) TF_OpKernelConstruction_Failure(construction_, status_.get());
  }

 private:
  TF_OpKernelConstruction *const construction_;
  const Status status_{TF_NewStatus()};
};

inline Owned<TF_Tensor> Input(TF_OpKernelContext *context, int number, const Status &status) {
  TF_Tensor *tensor = nullptr;
  if (IsOk(status)) TF_GetInput(context, number, &tensor, status.get());
  return Owned<TF_Tensor>(tensor);
}

inline Owned<TF_Tensor> Output(TF_OpKernelContext *context, TF_DataType type, std::initializer_list<int64_t> shape,
                               const Status &status) {
  size_t bytes = TF_DataTypeSize(type);
  for (const int64_t size : shape) bytes *= size;
  if (!IsOk(status)) return nullptr;
  return Owned<TF_Tensor>(TF_AllocateOutput(context, 0, type, shape.begin(), shape.size(), bytes, status.get()));
}

inline Owned<TF_Tensor> Temporary(TF_OpKernelContext *context, int64_t size, const Status &status) {
  TF_AllocatorAttributes attributes{TF_ALLOCATOR_ATTRIBUTES_STRUCT_SIZE, 1};
  return Owned<TF_Tensor>(TF_AllocateTemp(context, TF_FLOAT, &size, 1, &attributes, status.get()));
}

inline void *Memory(const Owned<TF_Tensor> &tensor) { return tensor ? TF_TensorData(tensor.get()) : nullptr; }
inline float *Values(const Owned<TF_Tensor> &tensor) { return static_cast<float *>(Memory(tensor)); }

template <typename Kernel>
void Free(void *kernel) {
  delete static_cast<Kernel *>(kernel);
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

// Another copy of this library may have registered it, and TensorFlow ends the process at a second registration.
inline bool IsRegistered(const char *name) {
  const Owned<TF_Graph> graph(TF_NewGraph());
  const Owned<TF_Buffer> definition(TF_NewBuffer());
  const Status status(TF_NewStatus());
  TF_GraphGetOpDef(graph.get(), name, definition.get(), status.get());
  return IsOk(status);
}

using Texts = std::initializer_list<const char *>;

inline bool Register(const char *name, Texts inputs, Texts outputs, Texts attributes,
                     void (*infer)(TF_ShapeInferenceContext *, TF_Status *),
                     void *(*create)(TF_OpKernelConstruction *),
                     void (*compute)(void *, TF_OpKernelContext *), void (*free)(void *)) {
  if (IsRegistered(name)) return true;
  const Status status(TF_NewStatus());
  TF_OpDefinitionBuilder *definition = TF_NewOpDefinitionBuilder(name);
  for (const char *input : inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char *output : outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  for (const char *attribute : attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, infer);
  TF_RegisterOpDefinition(definition, status.get());
  if (!IsOk(status)) return false;
  TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", create, compute, free), status.get());
  return IsOk(status);
}

}  // namespace roarbook
