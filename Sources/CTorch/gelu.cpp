// GELU by the normal distribution, which keeps its slope for the way back.
//
// libtorch's keeps x and computes an error function forwards, and it and an exponential once more
// backwards. Here one loop computes both, and the way back is a product.

#if __has_include(<ATen/core/Tensor.h>)

#include "gelu_kernels.h"
#include "operators.h"
#include "parallel.h"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/mul.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

namespace net2net {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// - Parameter slope: filled in unless undefined.
Tensor computed(const Tensor &x, const Tensor &slope) {
  const Tensor y = at::empty_like(x);
  const auto *from = static_cast<const float *>(x.const_data_ptr());
  auto *to = static_cast<float *>(y.mutable_data_ptr());
  auto *derivative =
      slope.defined() ? static_cast<float *>(slope.mutable_data_ptr()) : nullptr;
  const int64_t count = x.numel(), piece = 1 << 14;
  forEachIndex((count + piece - 1) / piece, [&](int64_t index) {
    const int64_t start = index * piece;
    geluKernel()(
        from + start, to + start, derivative == nullptr ? nullptr : derivative + start,
        std::min(piece, count - start));
  });
  return y;
}

struct GELUFunction : torch::autograd::Function<GELUFunction> {
  static Tensor forward(AutogradContext *context, const Tensor &x) {
    const Tensor slope = at::empty_like(x);
    const Tensor y = computed(x, slope);
    context->save_for_backward({slope});
    return y;
  }

  static variable_list backward(AutogradContext *context, const variable_list &results) {
    return {at::mul(results[0], context->get_saved_variables()[0])};
  }
};

}  // namespace

Tensor gelu(const Tensor &x) {
  if (!x.device().is_cpu() || x.scalar_type() != at::kFloat || x.numel() == 0 ||
      !x.is_non_overlapping_and_dense()) {
    return at::gelu(x);
  }
  if (at::GradMode::is_enabled() && x.requires_grad()) return GELUFunction::apply(x);
  return computed(x, Tensor());
}

}  // namespace net2net

#endif
