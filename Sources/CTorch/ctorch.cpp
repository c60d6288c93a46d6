#if __has_include(<ATen/core/Tensor.h>)

#include "ctorch.h"
#include "boundary.h"
#include "filter_kernels.h"
#include "operators.h"
#include "parallel.h"
#include "single_thread.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/version.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

using namespace ct_boundary;

namespace {

const c10::TensorImpl &implementation(const ct_tensor *tensor) {
  return *reinterpret_cast<const c10::TensorImpl *>(tensor);
}

/// Negative before one is chosen. CUDA's own choice is each thread's.
std::atomic<c10::DeviceIndex> chosenGPU{-1};

c10::Device device(int64_t kind) {
  const auto type = static_cast<c10::DeviceType>(kind);
  return c10::Device(type, type == c10::DeviceType::CUDA ? chosenGPU.load() : -1);
}

c10::IValue value(const ct_argument &argument) {
  const auto count = static_cast<size_t>(argument.integer);
  switch (argument.tag) {
    case CT_TAG_NONE:
      return c10::IValue();
    case CT_TAG_TENSOR:
      return borrowed(static_cast<const ct_tensor *>(argument.pointer));
    case CT_TAG_INTEGER:
    case CT_TAG_ELEMENT_TYPE:
      return argument.integer;
    case CT_TAG_REAL:
      return argument.real;
    case CT_TAG_BOOL:
      return argument.integer != 0;
    case CT_TAG_INTEGERS:
      return c10::IntArrayRef(static_cast<const int64_t *>(argument.pointer), count);
    case CT_TAG_REALS:
      return c10::ArrayRef<double>(static_cast<const double *>(argument.pointer), count);
    case CT_TAG_TENSORS: {
      const auto *tensors = static_cast<ct_tensor *const *>(argument.pointer);
      c10::List<at::Tensor> list;
      list.reserve(count);
      for (size_t index = 0; index < count; ++index) list.push_back(borrowed(tensors[index]));
      return list;
    }
    case CT_TAG_INDICES: {
      const auto *tensors = static_cast<ct_tensor *const *>(argument.pointer);
      c10::List<std::optional<at::Tensor>> list;
      list.reserve(count);
      for (size_t index = 0; index < count; ++index) list.push_back(borrowed(tensors[index]));
      return list;
    }
    case CT_TAG_STRING:
      return std::string(static_cast<const char *>(argument.pointer), count);
    case CT_TAG_DEVICE:
      return device(argument.integer);
    case CT_TAG_GROUP:
      return net2net::ranksOf(static_cast<const ct_group *>(argument.pointer));
  }
  TORCH_CHECK(false, "argument tag ", static_cast<int>(argument.tag), " is unknown");
}

void append(const c10::IValue &result, std::vector<at::Tensor> &tensors) {
  if (result.isTensor()) {
    tensors.push_back(result.toTensor());
  } else if (result.isTensorList()) {
    for (const at::Tensor &tensor : result.toTensorVector()) tensors.push_back(tensor);
  }
}

struct GradientObserver final : torch::autograd::PostAccumulateGradHook {
  void (*body)(void *context);
  void *context;

  GradientObserver(void (*body)(void *), void *context) : body(body), context(context) {}

  void operator()(const torch::autograd::Variable &) override { body(context); }
};

at::TensorOptions options(ct_element_type type) {
  return at::TensorOptions().dtype(static_cast<c10::ScalarType>(type));
}

}  // namespace

struct ct_operator {
  c10::OperatorHandle handle;
};

struct ct_inference_mode {
  c10::InferenceMode guard;
};

thread_local std::string ct_boundary::lastMessage;

const char *ct_last_message(void) { return ct_boundary::lastMessage.c_str(); }
bool ct_is_available(void) { return true; }
const char *ct_version(void) { return TORCH_VERSION; }

void ct_prepare(void) {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
  guarded([] {
    at::globalContext().setDeterministicCuDNN(true);
    net2net::registerOperators();
  });
}

int64_t ct_thread_count(void) { return at::get_num_threads(); }

ct_status ct_set_thread_count(int64_t count) {
  return guarded([=] { at::set_num_threads(static_cast<int>(count)); });
}

bool ct_device_is_available(ct_device device) {
  bool available = false;
  guarded([&] {
    switch (device) {
      case CT_CPU: available = true; break;
      case CT_CUDA: available = at::globalContext().hasCUDA(); break;
      case CT_MPS: available = at::globalContext().hasMPS(); break;
    }
  });
  return available;
}

int64_t ct_device_count(ct_device device) {
  if (!ct_device_is_available(device)) return 0;
  int64_t count = 1;
  guarded([&] {
    if (device == CT_CUDA) count = at::detail::getCUDAHooks().deviceCount();
  });
  return count;
}

ct_status ct_choose_gpu(int64_t index) {
  return guarded([=] {
    const int64_t count = ct_device_count(CT_CUDA);
    TORCH_CHECK(index >= 0 && index < count, "GPU ", index, " of ", count);
    chosenGPU = static_cast<c10::DeviceIndex>(index);
  });
}

bool ct_set_gradient_recording(bool records) {
  const bool previous = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(records);
  return previous;
}

bool ct_gradient_recording(void) { return c10::GradMode::is_enabled(); }

ct_inference_mode *ct_inference_mode_enter(void) {
  ct_inference_mode *guard = nullptr;
  guarded([&] { guard = new ct_inference_mode(); });
  return guard;
}

void ct_inference_mode_leave(ct_inference_mode *guard) { delete guard; }

ct_status ct_for_each_alone(
    int64_t count, void (*body)(void *context, int64_t index), void *context) {
  return guarded([=] {
    if (!net2net::SingleThread::isPossible()) {
      for (int64_t index = 0; index < count; ++index) body(context, index);
      return;
    }
    net2net::forEachIndex(count, [=](int64_t index) {
      const net2net::SingleThread alone;
      body(context, index);
    });
  });
}

bool ct_has_filter_kernels(void) { return filterKernels() != nullptr; }

void ct_tensor_free(ct_tensor *tensor) {
  if (tensor == nullptr) return;
  c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(
      reinterpret_cast<c10::TensorImpl *>(tensor));
}

ct_status ct_tensor_copying(
    const void *data, ct_element_type type, const int64_t *sizes, int64_t rank,
    ct_tensor **result) {
  return guarded([=] {
    const at::IntArrayRef shape(sizes, static_cast<size_t>(rank));
    *result = handOver(at::from_blob(const_cast<void *>(data), shape, options(type)).clone());
  });
}

ct_status ct_tensor_borrowing(
    const void *data, ct_element_type type, const int64_t *sizes, int64_t rank,
    void (*release)(void *context), void *context, ct_tensor **result) {
  return guarded([=] {
    const at::IntArrayRef shape(sizes, static_cast<size_t>(rank));
    *result = handOver(at::from_blob(
        const_cast<void *>(data), shape, [=](void *) { release(context); }, options(type)));
  });
}

ct_status ct_tensor_read(const ct_tensor *tensor, void *destination, int64_t byte_count) {
  return guarded([=] {
    const at::Tensor rows = borrowed(tensor).detach().cpu().contiguous();
    TORCH_CHECK(
        static_cast<int64_t>(rows.nbytes()) == byte_count, "the tensor has ", rows.nbytes(),
        " bytes, the destination ", byte_count);
    if (byte_count > 0) std::memcpy(destination, rows.const_data_ptr(), rows.nbytes());
  });
}

int64_t ct_tensor_rank(const ct_tensor *tensor) { return implementation(tensor).dim(); }

int64_t ct_tensor_size(const ct_tensor *tensor, int64_t axis) {
  return implementation(tensor).sizes()[static_cast<size_t>(axis)];
}

int64_t ct_tensor_stride(const ct_tensor *tensor, int64_t axis) {
  return implementation(tensor).strides()[static_cast<size_t>(axis)];
}

int32_t ct_tensor_element_type(const ct_tensor *tensor) {
  return static_cast<int32_t>(c10::typeMetaToScalarType(implementation(tensor).dtype()));
}

int32_t ct_tensor_device(const ct_tensor *tensor) {
  return static_cast<int32_t>(implementation(tensor).device().type());
}

ct_status ct_tensor_set_requires_gradient(ct_tensor *tensor, bool requires_gradient) {
  return guarded([=] { borrowed(tensor).set_requires_grad(requires_gradient); });
}

ct_status ct_tensor_gradient(const ct_tensor *tensor, ct_tensor **result) {
  return guarded([=] { *result = handOver(borrowed(tensor).grad()); });
}

ct_status ct_tensor_set_gradient(ct_tensor *tensor, const ct_tensor *gradient) {
  return guarded([=] {
    borrowed(tensor).mutable_grad() = gradient == nullptr ? at::Tensor() : borrowed(gradient);
  });
}

ct_status ct_tensor_backward(const ct_tensor *tensor, const ct_tensor *gradient) {
  return guarded([=] {
    borrowed(tensor).backward(gradient == nullptr ? at::Tensor() : borrowed(gradient));
  });
}

ct_status ct_tensor_observe_gradient(
    const ct_tensor *tensor, void (*body)(void *context), void *context) {
  return guarded([=] {
    torch::autograd::impl::set_post_acc_grad_hooks(
        borrowed(tensor),
        body == nullptr ? nullptr : std::make_unique<GradientObserver>(body, context));
  });
}

ct_status ct_operator_find(const char *name, const char *overload, ct_operator **result) {
  return guarded([=] {
    *result =
        new ct_operator{c10::Dispatcher::singleton().findSchemaOrThrow(name, overload)};
  });
}

ct_status ct_operator_call(
    const ct_operator *called, const ct_argument *arguments, int64_t argument_count,
    ct_tensor **results, int64_t capacity, int64_t *count) {
  return guarded([=] {
    const auto &formals = called->handle.schema().arguments();
    const auto given = static_cast<size_t>(argument_count);
    TORCH_CHECK(
        given <= formals.size(), given, " arguments given, ", formals.size(), " taken");
    torch::jit::Stack stack;
    stack.reserve(formals.size());
    for (size_t index = 0; index < given; ++index) stack.push_back(value(arguments[index]));
    for (size_t index = given; index < formals.size(); ++index) {
      const auto &fallback = formals[index].default_value();
      TORCH_CHECK(fallback.has_value(), "argument \"", formals[index].name(), "\" is missing");
      stack.push_back(*fallback);
    }
    called->handle.callBoxed(stack);
    std::vector<at::Tensor> tensors;
    for (const c10::IValue &result : stack) append(result, tensors);
    TORCH_CHECK(
        static_cast<int64_t>(tensors.size()) <= capacity, tensors.size(), " results, room for ",
        capacity);
    *count = static_cast<int64_t>(tensors.size());
    for (size_t index = 0; index < tensors.size(); ++index) {
      results[index] = handOver(std::move(tensors[index]));
    }
  });
}

#endif
