// x · weightᵀ + bias where libtorch's products use half of the machine.
//
// libtorch gives products of float32 to MKL, which uses registers of 512 bits on Intel's processors
// only. oneDNN uses them on all that have them: 210 to 240 GFLOP/s instead of 100 on a core of an AMD
// EPYC. So it computes there what it is faster at: the result, the gradient of x and, as that of
// a convolution with filters of one pixel, the gradient of the weight.

#if __has_include(<ATen/core/Tensor.h>)

#include "operators.h"

#include "convolution.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>
#include <string>

namespace net2net {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Rows below which oneDNN's preparations cost what it saves.
constexpr int64_t fewestRows = 64;

/// libtorch's way to oneDNN's products; none where it was built without.
const std::optional<c10::OperatorHandle> &oneDNN() {
  static const auto handle =
      c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
  return handle;
}

/// Whether this processor has registers that MKL does not use.
bool outgrowsMKL() {
#if defined(__x86_64__)
  static const bool does = __builtin_cpu_supports("avx512f") && !__builtin_cpu_is("intel");
  return does;
#else
  return false;
#endif
}

bool suits(const Tensor &x, const Tensor &weight) {
  return outgrowsMKL() && oneDNN() && x.device().is_cpu() && x.dim() >= 2 &&
      weight.dim() == 2 && x.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat &&
      x.numel() >= fewestRows * weight.size(1) && weight.numel() > 0;
}

Tensor product(const Tensor &x, const Tensor &weight, const std::optional<Tensor> &bias) {
  const at::AutoDispatchBelowADInplaceOrView unrecorded;
  torch::jit::Stack stack{
      x.contiguous(),
      weight.contiguous(),
      bias ? c10::IValue(*bias) : c10::IValue(),
      std::string("none"),
      c10::List<std::optional<at::Scalar>>(),
      c10::IValue()};
  oneDNN()->callBoxed(stack);
  return stack[0].toTensor();
}

/// (rows, numbers) as images with 64 pixels or fewer, channels last, without a copy; undefined where
/// there are too few for all threads.
Tensor asImages(const Tensor &rows) {
  for (const int64_t pixels : {64, 32, 16}) {
    const int64_t images = rows.size(0) / pixels;
    if (images < 8 || images * pixels != rows.size(0)) continue;
    return rows.view({images, pixels, 1, rows.size(1)}).permute({0, 3, 1, 2});
  }
  return {};
}

/// Of weight and bias.
std::pair<Tensor, Tensor> gradients(
    const Tensor &dy, const Tensor &x, const Tensor &weight, bool hasBias) {
  const Tensor slopes = asImages(dy);
  if (slopes.defined()) {
    const Geometry pixelwise{{1, 1}, {0, 0}, {1, 1}, 1};
    const auto [filters, biases] = parameterGradients(
        slopes, asImages(x), weight.contiguous().view({weight.size(0), weight.size(1), 1, 1}),
        pixelwise, hasBias);
    return {filters.view(weight.sizes()), biases};
  }
  return {at::mm(dy.t(), x), hasBias ? dy.sum(0) : Tensor()};
}

struct DenseFunction : torch::autograd::Function<DenseFunction> {
  static Tensor forward(
      AutogradContext *context, const Tensor &x, const Tensor &weight,
      const std::optional<Tensor> &bias) {
    context->save_for_backward({x, weight});
    context->saved_data["hasBias"] = bias.has_value();
    return product(x, weight, bias);
  }

  static variable_list backward(AutogradContext *context, const variable_list &results) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &weight = saved[1];
    const Tensor x = saved[0].reshape({-1, weight.size(1)});
    const Tensor dy = results[0].reshape({-1, weight.size(0)}).contiguous();
    const auto [dweight, dbias] =
        gradients(dy, x.contiguous(), weight, context->saved_data["hasBias"].toBool());
    Tensor dx;
    if (context->needs_input_grad(0)) {
      dx = product(dy, weight.t(), std::nullopt).view(saved[0].sizes());
    }
    return {dx, dweight, dbias};
  }
};

}  // namespace

Tensor dense(const Tensor &x, const Tensor &weight, const std::optional<Tensor> &bias) {
  if (!suits(x, weight)) return at::linear(x, weight, bias);
  TORCH_CHECK(
      x.size(-1) == weight.size(1) &&
          (!bias || (bias->dim() == 1 && bias->size(0) == weight.size(0))),
      "inputs of ", x.sizes(), " and a weight of ", weight.sizes(),
      bias ? ", but a bias of another size" : " do not go together");
  return c10::GradMode::is_enabled() ? DenseFunction::apply(x, weight, bias)
                                     : product(x, weight, bias);
}

}  // namespace net2net

#endif
