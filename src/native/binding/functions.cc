// Extends tfjs-node's binding: graphs that become functions of its one eager context, so that the binding's own executeOp runs
// them by name. The stock sources stay as they are: this file includes one of them without its registration, compiles with the
// other, and registers the stock exports together with its own (declared in src/compiler/native.ts).
#include <node_api.h>
#undef NAPI_MODULE
#define NAPI_MODULE(name, init)
#include "tfjs_binding.cc"

#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/eager/c_api.h"
#include "elementwiseOp.h"
#include "winograd.h"
#include "winogradOp.h"

// Declared here, and not included, because its header pulls in all of TSL.
namespace tsl {
void enable_tensor_float_32_execution(bool enabled);
}

namespace tfnodejs {

// From tfjs_backend.cc.
TFE_TensorHandle *CopyTFE_TensorHandleToDevice(napi_env env, const char *device_name, TFE_TensorHandle *handle,
                                               TFE_Context *tfe_context);

}  // namespace tfnodejs

namespace roarbook {

using tfnodejs::TFJSBackend;

// TFJSBackend keeps its context private. An explicit instantiation may name private members, so these three reach them without
// a change of the class.
TFE_Context *ContextOf(TFJSBackend &backend);
std::string &DeviceOf(TFJSBackend &backend);
int32_t Insert(TFJSBackend &backend, TFE_TensorHandle *handle);

template <TFE_Context *TFJSBackend::*context, std::string TFJSBackend::*device,
          int32_t (TFJSBackend::*insert)(TFE_TensorHandle *)>
struct Access {
  friend TFE_Context *ContextOf(TFJSBackend &backend) { return backend.*context; }
  friend std::string &DeviceOf(TFJSBackend &backend) { return backend.*device; }
  friend int32_t Insert(TFJSBackend &backend, TFE_TensorHandle *handle) { return (backend.*insert)(handle); }
};
template struct Access<&TFJSBackend::tfe_context_, &TFJSBackend::device_name, &TFJSBackend::InsertHandle>;

// Any failure on the way from JavaScript to TensorFlow; Call turns it into a JavaScript error.
struct Failure {
  std::string message;
};

class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  operator TF_Status *() { return status_; }
  void Check() {
    if (TF_GetCode(status_) != TF_OK) throw Failure{TF_Message(status_)};
  }

 private:
  TF_Status *status_;
};

template <typename T, void (*destroy)(T *)>
struct Destroy {
  void operator()(T *pointer) const { destroy(pointer); }
};
using Buffer = std::unique_ptr<TF_Buffer, Destroy<TF_Buffer, TF_DeleteBuffer>>;
using Tensor = std::unique_ptr<TF_Tensor, Destroy<TF_Tensor, TF_DeleteTensor>>;
using Function = std::unique_ptr<TF_Function, Destroy<TF_Function, TF_DeleteFunction>>;
using Handle = std::unique_ptr<TFE_TensorHandle, Destroy<TFE_TensorHandle, TFE_DeleteTensorHandle>>;

struct Graph {
  TF_Graph *graph = TF_NewGraph();
  std::vector<TF_Operation *> operations;
  ~Graph() { TF_DeleteGraph(graph); }
};
// JavaScript runs each Node environment on one thread, and a graph's number never leaves its environment.
thread_local std::unordered_map<int32_t, std::unique_ptr<Graph>> graphs;
thread_local int32_t next_graph = 0;

// Reading JavaScript values ---------------------------------------------------------------------------------------------------

void Ok(napi_status status, const char *what) {
  if (status != napi_ok) throw Failure{std::string("the binding was handed no ") + what};
}

int64_t Integer(napi_env env, napi_value value) {
  int64_t result;
  Ok(napi_get_value_int64(env, value, &result), "integer");
  return result;
}

double Number(napi_env env, napi_value value) {
  double result;
  Ok(napi_get_value_double(env, value, &result), "number");
  return result;
}

bool Boolean(napi_env env, napi_value value) {
  bool result;
  Ok(napi_get_value_bool(env, value, &result), "boolean");
  return result;
}

std::string Text(napi_env env, napi_value value) {
  size_t length = 0;
  Ok(napi_get_value_string_utf8(env, value, nullptr, 0, &length), "text");
  std::string text(length + 1, '\0');
  Ok(napi_get_value_string_utf8(env, value, &text[0], length + 1, &length), "text");
  text.resize(length);
  return text;
}

napi_value Property(napi_env env, napi_value object, const char *name) {
  napi_value value;
  Ok(napi_get_named_property(env, object, name, &value), name);
  return value;
}

bool IsArray(napi_env env, napi_value value) {
  bool result;
  Ok(napi_is_array(env, value, &result), "value");
  return result;
}

bool HoldsArrays(napi_env env, napi_value array) {
  uint32_t length = 0;
  napi_value first;
  Ok(napi_get_array_length(env, array, &length), "array");
  return length > 0 && napi_get_element(env, array, 0, &first) == napi_ok && IsArray(env, first);
}

template <typename T, typename Read>
std::vector<T> List(napi_env env, napi_value array, Read read) {
  uint32_t length;
  Ok(napi_get_array_length(env, array, &length), "array");
  std::vector<T> list(length);
  for (uint32_t i = 0; i < length; i++) {
    napi_value element;
    Ok(napi_get_element(env, array, i, &element), "element");
    list[i] = static_cast<T>(read(env, element));
  }
  return list;
}

std::vector<int64_t> Integers(napi_env env, napi_value array) { return List<int64_t>(env, array, Integer); }

// A tensor that owns its memory. TensorFlow's threads may drop the last reference, so it must not point into JavaScript's heap.
Tensor CopyOf(napi_env env, TF_DataType dtype, const std::vector<int64_t> &shape, napi_value values) {
  napi_typedarray_type type;
  size_t length, offset;
  void *data;
  napi_value buffer;
  Ok(napi_get_typedarray_info(env, values, &type, &length, &data, &buffer, &offset), "typed array");
  static const size_t widths[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8};  // by napi_typedarray_type
  const size_t bytes = length * widths[type];
  size_t expected = TF_DataTypeSize(dtype);
  for (int64_t size : shape) expected *= size;
  if (bytes != expected)
    throw Failure{"a tensor of " + std::to_string(expected) + " bytes was handed " + std::to_string(bytes)};
  Tensor tensor(TF_AllocateTensor(dtype, shape.data(), shape.size(), bytes));
  if (!tensor) throw Failure{"out of memory for a tensor of " + std::to_string(bytes) + " bytes"};
  if (bytes) std::memcpy(TF_TensorData(tensor.get()), data, bytes);
  return tensor;
}

// Graphs ----------------------------------------------------------------------------------------------------------------------

Graph &GraphOf(napi_env env, napi_value id) {
  auto entry = graphs.find(Integer(env, id));
  if (entry == graphs.end()) throw Failure{"the graph was deleted"};
  return *entry->second;
}

TF_Operation *OperationOf(Graph &graph, int64_t index) {
  if (index < 0 || index >= static_cast<int64_t>(graph.operations.size())) throw Failure{"the graph has no such node"};
  return graph.operations[index];
}

void SetAttribute(napi_env env, TF_OperationDescription *node, napi_value attribute) {
  const std::string name_text = Text(env, Property(env, attribute, "name"));
  const char *name = name_text.c_str();
  const napi_value value = Property(env, attribute, "value");
  const bool list = IsArray(env, value);
  switch (Integer(env, Property(env, attribute, "type"))) {
    case TF_ATTR_STRING: {
      if (list) {
        uint32_t length;
        Ok(napi_get_array_length(env, value, &length), "array");
        std::vector<std::string> texts = List<std::string>(env, value, Text);
        std::vector<const void *> data;
        std::vector<size_t> lengths;
        for (const std::string &text : texts) data.push_back(text.data()), lengths.push_back(text.size());
        return TF_SetAttrStringList(node, name, data.data(), lengths.data(), length);
      }
      const std::string text = Text(env, value);
      return TF_SetAttrString(node, name, text.data(), text.size());
    }
    case TF_ATTR_INT: {
      if (!list) return TF_SetAttrInt(node, name, Integer(env, value));
      const auto values = Integers(env, value);
      return TF_SetAttrIntList(node, name, values.data(), values.size());
    }
    case TF_ATTR_FLOAT: {
      if (!list) return TF_SetAttrFloat(node, name, Number(env, value));
      const auto values = List<float>(env, value, Number);
      return TF_SetAttrFloatList(node, name, values.data(), values.size());
    }
    case TF_ATTR_BOOL: {
      if (!list) return TF_SetAttrBool(node, name, Boolean(env, value));
      const auto values = List<unsigned char>(env, value, Boolean);
      return TF_SetAttrBoolList(node, name, values.data(), values.size());
    }
    case TF_ATTR_TYPE: {
      if (!list) return TF_SetAttrType(node, name, static_cast<TF_DataType>(Integer(env, value)));
      const auto values = List<TF_DataType>(env, value, Integer);
      return TF_SetAttrTypeList(node, name, values.data(), values.size());
    }
    case TF_ATTR_SHAPE: {
      if (!HoldsArrays(env, value)) {
        const auto shape = Integers(env, value);
        return TF_SetAttrShape(node, name, shape.data(), shape.size());
      }
      const auto shapes = List<std::vector<int64_t>>(env, value, Integers);
      std::vector<const int64_t *> sizes;
      std::vector<int> ranks;
      for (const auto &shape : shapes) sizes.push_back(shape.data()), ranks.push_back(shape.size());
      return TF_SetAttrShapeList(node, name, sizes.data(), ranks.data(), shapes.size());
    }
    case TF_ATTR_FUNC: {
      const std::string function = Text(env, value);
      return TF_SetAttrFuncName(node, name, function.data(), function.size());
    }
    default:
      throw Failure{"attribute " + name_text + " is of a kind that graphs do not take"};
  }
}

napi_value Describe(napi_env env, Graph &graph, TF_Output output) {
  napi_value info, dtype, shape;
  Ok(napi_create_object(env, &info), "object");
  Ok(napi_create_int32(env, TF_OperationOutputType(output), &dtype), "type");
  Ok(napi_set_named_property(env, info, "dtype", dtype), "type");
  Status status;
  const int rank = TF_GraphGetTensorNumDims(graph.graph, output, status);
  status.Check();
  if (rank < 0) {
    Ok(napi_get_null(env, &shape), "null");
  } else {
    std::vector<int64_t> sizes(rank);
    TF_GraphGetTensorShape(graph.graph, output, sizes.data(), rank, status);
    status.Check();
    Ok(napi_create_array_with_length(env, rank, &shape), "array");
    for (int i = 0; i < rank; i++) {
      napi_value size;
      Ok(napi_create_int64(env, sizes[i], &size), "size");
      Ok(napi_set_element(env, shape, i, size), "size");
    }
  }
  Ok(napi_set_named_property(env, info, "shape", shape), "shape");
  return info;
}

napi_value Finish(napi_env env, Graph &graph, TF_OperationDescription *node) {
  Status status;
  TF_Operation *operation = TF_FinishOperation(node, status);
  status.Check();
  graph.operations.push_back(operation);
  napi_value outputs;
  const int count = TF_OperationNumOutputs(operation);
  Ok(napi_create_array_with_length(env, count, &outputs), "array");
  for (int i = 0; i < count; i++) Ok(napi_set_element(env, outputs, i, Describe(env, graph, {operation, i})), "output");
  return outputs;
}

std::vector<TF_Output> OutputsOf(Graph &graph, const std::vector<int64_t> &pairs) {
  std::vector<TF_Output> outputs;
  for (size_t i = 0; i + 1 < pairs.size(); i += 2)
    outputs.push_back({OperationOf(graph, pairs[i]), static_cast<int>(pairs[i + 1])});
  return outputs;
}

using Arguments = std::vector<napi_value>;

// () → graph
napi_value CreateGraph(napi_env env, TFJSBackend &, const Arguments &) {
  graphs[next_graph] = std::make_unique<Graph>();
  napi_value id;
  Ok(napi_create_int32(env, next_graph++, &id), "number");
  return id;
}

// (graph)
napi_value DeleteGraph(napi_env env, TFJSBackend &, const Arguments &arguments) {
  graphs.erase(Integer(env, arguments[0]));
  return nullptr;
}

// (operation) → its serialised OpDef
napi_value DescribeOperation(napi_env env, TFJSBackend &, const Arguments &arguments) {
  Graph graph;
  Buffer definition(TF_NewBuffer());
  Status status;
  TF_GraphGetOpDef(graph.graph, Text(env, arguments[0]).c_str(), definition.get(), status);
  status.Check();
  napi_value bytes;
  Ok(napi_create_buffer_copy(env, definition->length, definition->data, nullptr, &bytes), "buffer");
  return bytes;
}

// (graph, operation, name, inputs, control, attributes) → outputs. Inputs per argument: −1, node, output; or for an argument
// that is a list its length, then as many pairs. Control: nodes that run before.
napi_value AddNode(napi_env env, TFJSBackend &, const Arguments &arguments) {
  Graph &graph = GraphOf(env, arguments[0]);
  const auto inputs = Integers(env, arguments[3]);
  const auto control = Integers(env, arguments[4]);
  uint32_t attributes;
  Ok(napi_get_array_length(env, arguments[5], &attributes), "array");
  std::vector<std::vector<TF_Output>> lists;
  std::vector<bool> single;
  for (size_t i = 0; i < inputs.size();) {
    const int64_t length = inputs[i] < 0 ? 1 : inputs[i];
    if (i + 2 * length >= inputs.size()) throw Failure{"inputs end early"};
    single.push_back(inputs[i] < 0);
    lists.push_back(OutputsOf(graph, {inputs.begin() + i + 1, inputs.begin() + i + 1 + 2 * length}));
    i += 1 + 2 * length;
  }
  std::vector<TF_Operation *> before;
  for (int64_t node : control) before.push_back(OperationOf(graph, node));
  // TF_FinishOperation is the only way to free a description, so nothing between may fail but the attributes: keep their failure.
  TF_OperationDescription *node =
      TF_NewOperation(graph.graph, Text(env, arguments[1]).c_str(), Text(env, arguments[2]).c_str());
  std::string failure;
  try {
    for (size_t i = 0; i < lists.size(); i++) {
      if (single[i]) TF_AddInput(node, lists[i][0]);
      else TF_AddInputList(node, lists[i].data(), lists[i].size());
    }
    for (TF_Operation *operation : before) TF_AddControlInput(node, operation);
    for (uint32_t i = 0; i < attributes; i++) {
      napi_value attribute;
      Ok(napi_get_element(env, arguments[5], i, &attribute), "attribute");
      SetAttribute(env, node, attribute);
    }
  } catch (const Failure &cause) {
    failure = cause.message;
  }
  napi_value outputs = Finish(env, graph, node);
  if (!failure.empty()) throw Failure{failure};
  return outputs;
}

// (graph, name, shape, dtype, typed array) → outputs
napi_value AddConstant(napi_env env, TFJSBackend &, const Arguments &arguments) {
  Graph &graph = GraphOf(env, arguments[0]);
  const auto dtype = static_cast<TF_DataType>(Integer(env, arguments[3]));
  const Tensor tensor = CopyOf(env, dtype, Integers(env, arguments[2]), arguments[4]);
  TF_OperationDescription *node = TF_NewOperation(graph.graph, "Const", Text(env, arguments[1]).c_str());
  Status status;
  TF_SetAttrType(node, "dtype", dtype);
  TF_SetAttrTensor(node, "value", tensor.get(), status);
  napi_value outputs = Finish(env, graph, node);
  status.Check();
  return outputs;
}

// (graph, name, placeholders, outputs, control nodes) → size of the function in bytes
napi_value AddFunction(napi_env env, TFJSBackend &backend, const Arguments &arguments) {
  Graph &graph = GraphOf(env, arguments[0]);
  const auto inputs = OutputsOf(graph, Integers(env, arguments[2]));
  const auto outputs = OutputsOf(graph, Integers(env, arguments[3]));
  std::vector<TF_Operation *> control;
  for (int64_t node : Integers(env, arguments[4])) control.push_back(OperationOf(graph, node));
  Status status;
  Function function(TF_GraphToFunctionWithControlOutputs(
      graph.graph, Text(env, arguments[1]).c_str(), 0, -1, nullptr, inputs.size(), inputs.data(), outputs.size(), outputs.data(),
      nullptr, control.size(), control.data(), nullptr, nullptr, nullptr, status));
  status.Check();
  Buffer definition(TF_NewBuffer());
  TF_FunctionToFunctionDef(function.get(), definition.get(), status);
  status.Check();
  TFE_ContextAddFunction(ContextOf(backend), function.get(), status);
  status.Check();
  napi_value bytes;
  Ok(napi_create_int64(env, definition->length, &bytes), "number");
  return bytes;
}

// (name)
napi_value RemoveFunction(napi_env env, TFJSBackend &backend, const Arguments &arguments) {
  Status status;
  TFE_ContextRemoveFunction(ContextOf(backend), Text(env, arguments[0]).c_str(), status);
  status.Check();
  return nullptr;
}

// (shape, dtype, typed array or array of strings' bytes) → tensor. Replaces the stock function, which shares JavaScript's memory
// with TensorFlow's threads.
napi_value CreateTensor(napi_env env, TFJSBackend &backend, const Arguments &arguments) {
  const auto dtype = static_cast<TF_DataType>(Integer(env, arguments[1]));
  if (dtype == TF_STRING) return backend.CreateTensor(env, arguments[0], arguments[1], arguments[2]);
  const Tensor tensor = CopyOf(env, dtype, Integers(env, arguments[0]), arguments[2]);
  Status status;
  Handle handle(TFE_NewTensorHandle(tensor.get(), status));
  status.Check();
  // As the stock function: GPU kernels take int32 in the host's memory.
  if (dtype != TF_INT32) {
    Handle copy(
        tfnodejs::CopyTFE_TensorHandleToDevice(env, DeviceOf(backend).c_str(), handle.get(), ContextOf(backend)));
    if (!copy) return nullptr;
    handle = std::move(copy);
  }
  napi_value id;
  Ok(napi_create_int32(env, Insert(backend, handle.release()), &id), "number");
  return id;
}

// (enabled)
napi_value EnableTensorFloat32(napi_env env, TFJSBackend &, const Arguments &arguments) {
  tsl::enable_tensor_float_32_execution(Boolean(env, arguments[0]));
  return nullptr;
}

template <napi_value (*function)(napi_env, TFJSBackend &, const Arguments &), size_t count>
napi_value Call(napi_env env, napi_callback_info info) {
  try {
    Arguments arguments(count + 1);
    size_t given = count;
    Ok(napi_get_cb_info(env, info, &given, arguments.data(), nullptr, nullptr), "arguments");
    if (given < count) throw Failure{"the binding expects " + std::to_string(count) + " arguments"};
    TFJSBackend *backend = tfnodejs::GetTFJSBackend(env);
    if (!backend) return nullptr;
    return function(env, *backend, arguments);
  } catch (const Failure &failure) {
    napi_throw_error(env, nullptr, failure.message.c_str());
    return nullptr;
  }
}

template <napi_value (*function)(napi_env, TFJSBackend &, const Arguments &), size_t count>
napi_property_descriptor Export(const char *name) {
  return {name, nullptr, Call<function, count>, nullptr, nullptr, nullptr, napi_enumerable, nullptr};
}

napi_property_descriptor Value(const char *name, napi_value value) {
  return {name, nullptr, nullptr, nullptr, nullptr, value, napi_enumerable, nullptr};
}

napi_value BooleanOf(napi_env env, bool value) {
  napi_value result;
  Ok(napi_get_boolean(env, value, &result), "boolean");
  return result;
}

napi_value TextOf(napi_env env, std::string_view value) {
  napi_value result;
  Ok(napi_create_string_utf8(env, value.data(), value.size(), &result), "text");
  return result;
}

// The stock exports can be neither written nor deleted, so the extended object inherits from them.
void Inherit(napi_env env, napi_value object, napi_value prototype) {
  napi_value global, constructor, set, arguments[] = {object, prototype};
  Ok(napi_get_global(env, &global), "global");
  constructor = Property(env, global, "Object");
  set = Property(env, constructor, "setPrototypeOf");
  Ok(napi_call_function(env, constructor, set, 2, arguments, nullptr), "prototype");
}

}  // namespace roarbook

NAPI_MODULE_INIT() {
  using namespace roarbook;
  try {
    napi_value stock;
    Ok(napi_create_object(env, &stock), "object");
    if (!tfnodejs::InitTFNodeJSBinding(env, stock)) return nullptr;
    Inherit(env, exports, stock);
    const napi_property_descriptor functions[] = {
        Export<CreateGraph, 0>("createGraph"),
        Export<DeleteGraph, 1>("deleteGraph"),
        Export<DescribeOperation, 1>("describeOperation"),
        Export<AddNode, 6>("addNode"),
        Export<AddConstant, 5>("addConstant"),
        Export<AddFunction, 5>("addFunction"),
        Export<RemoveFunction, 1>("removeFunction"),
        Export<CreateTensor, 3>("createTensor"),
        Export<EnableTensorFloat32, 1>("enableTensorFloat32"),
        Value("hasWinograd", BooleanOf(env, RegisterWinograd())),
        Value("hasElementwise", BooleanOf(env, RegisterElementwise())),
        Value("instructions", TextOf(env, Instructions())),
    };
    Ok(napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]), functions), "exports");
  } catch (const Failure &failure) {
    napi_throw_error(env, nullptr, failure.message.c_str());
  }
  return exports;
}
