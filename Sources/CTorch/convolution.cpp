// Convolution, with the gradient of its weight computed for parts of the batch at once.
//
// oneDNN lets all threads work on one sum and makes them wait for each other several times while
// they spin. Where something else runs on the machine, a waiting thread burns whole time slices:
// 8 ms for a gradient that takes 0.6 ms. Here each thread runs oneDNN alone on its part of the
// images, and the parts are added up afterwards in order.

#if __has_include(<ATen/core/Tensor.h>)

#include "convolution.h"

#include "operators.h"
#include "parallel.h"
#include "single_thread.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/convolution.h>
#include <ATen/ops/convolution_backward.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>
#include <exception>
#include <optional>
#include <tuple>
#include <vector>

namespace net2net {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

using Gradients = std::tuple<Tensor, Tensor, Tensor>;

Gradients gradients(
    const Tensor &dy, const Tensor &x, const Tensor &weight, const Geometry &geometry,
    std::array<bool, 3> wanted) {
  const std::vector<int64_t> outputPadding(geometry.stride.size(), 0);
  return at::convolution_backward(
      dy, x, weight, at::OptionalIntArrayRef({weight.size(0)}), geometry.stride, geometry.padding,
      geometry.dilation, /*transposed=*/false, outputPadding, geometry.groups, wanted);
}

/// Leaves out of x what the strides of a filter of one pixel jump over.
///
/// oneDNN would do so itself, and writes beyond its memory where input channels are fewer than a
/// register's numbers (libtorch 2.13 with AVX2; PyTorch's own training of such a layer crashes).
void skipUnread(Tensor &x, const Tensor &weight, Geometry &geometry) {
  for (int64_t axis = 2; axis < x.dim(); ++axis) {
    if (weight.size(axis) != 1 || geometry.padding[axis - 2] != 0) return;
  }
  Tensor read = x;
  for (int64_t axis = 2; axis < x.dim(); ++axis) {
    read = read.slice(axis, 0, std::nullopt, geometry.stride[axis - 2]);
    geometry.stride[axis - 2] = 1;
  }
  x = read.contiguous(x.suggest_memory_format());
}

}  // namespace

std::pair<Tensor, Tensor> parameterGradients(
    const Tensor &dy, Tensor x, const Tensor &weight, Geometry geometry, bool hasBias) {
  skipUnread(x, weight, geometry);
  const std::array<bool, 3> wanted = {false, true, hasBias};
  const int64_t images = x.size(0);
  const int64_t parts = std::min<int64_t>(at::get_num_threads(), images);
  const bool isOneDNN = x.device().is_cpu() && x.dim() == 4 &&
      (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
  if (!isOneDNN || parts < 2 || !SingleThread::isPossible()) {
    const auto all = gradients(dy, x, weight, geometry, wanted);
    return {std::get<1>(all), std::get<2>(all)};
  }
  std::vector<Gradients> found(parts);
  std::vector<std::exception_ptr> failures(parts);
  forEachIndex(parts, [&](int64_t part) {
    try {
      const at::AutoDispatchBelowADInplaceOrView unrecorded;
      const SingleThread alone;
      const int64_t begin = images * part / parts;
      const int64_t count = images * (part + 1) / parts - begin;
      found[part] = gradients(
          dy.narrow(0, begin, count), x.narrow(0, begin, count), weight, geometry, wanted);
    } catch (...) {
      failures[part] = std::current_exception();
    }
  });
  for (const auto &failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  Tensor weightGradient = std::get<1>(found[0]);
  Tensor biasGradient = std::get<2>(found[0]);
  for (int64_t part = 1; part < parts; ++part) {
    weightGradient.add_(std::get<1>(found[part]));
    if (hasBias) biasGradient.add_(std::get<2>(found[part]));
  }
  return {weightGradient, biasGradient};
}

namespace {

struct ConvolutionFunction : torch::autograd::Function<ConvolutionFunction> {
  static Tensor forward(
      AutogradContext *context, const Tensor &x, const Tensor &weight,
      const std::optional<Tensor> &bias, const Geometry &geometry) {
    context->save_for_backward({x, weight});
    context->saved_data["stride"] = geometry.stride;
    context->saved_data["padding"] = geometry.padding;
    context->saved_data["dilation"] = geometry.dilation;
    context->saved_data["groups"] = geometry.groups;
    context->saved_data["hasBias"] = bias.has_value();
    const std::vector<int64_t> outputPadding(geometry.stride.size(), 0);
    return at::convolution(
        x, weight, bias, geometry.stride, geometry.padding, geometry.dilation,
        /*transposed=*/false, outputPadding, geometry.groups);
  }

  static variable_list backward(AutogradContext *context, const variable_list &results) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1];
    const Tensor dy = results[0].contiguous(
        x.dim() == 4 ? x.suggest_memory_format() : at::MemoryFormat::Contiguous);
    const Geometry geometry = {
        context->saved_data["stride"].toIntVector(),
        context->saved_data["padding"].toIntVector(),
        context->saved_data["dilation"].toIntVector(), context->saved_data["groups"].toInt()};
    const bool hasBias = context->saved_data["hasBias"].toBool();
    Tensor dx;
    if (context->needs_input_grad(0)) {
      dx = std::get<0>(gradients(dy, x, weight, geometry, {true, false, false}));
    }
    const auto [dweight, dbias] = parameterGradients(dy, x, weight, geometry, hasBias);
    return {dx, dweight, dbias, Tensor()};
  }
};

}  // namespace

Tensor convolution(
    const Tensor &x, const Tensor &weight, const std::optional<Tensor> &bias,
    at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, int64_t groups) {
  return ConvolutionFunction::apply(
      x, weight, bias, Geometry{stride.vec(), padding.vec(), dilation.vec(), groups});
}

}  // namespace net2net

#endif
