// Batch norm over the batches of several processes in libtorch's own operators: for devices, types
// and shapes that the loops of batch_norm_passes.h are not written for. The same sums are
// exchanged, where those loops exchange them.

#if __has_include(<ATen/core/Tensor.h>)

#include "shared_norm.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/var_mean.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>
#include <vector>

namespace net2net {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What sums over elements of x run in.
at::ScalarType wide(const Tensor &x) {
  return x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

/// All axes but that of the channels, which is the second.
std::vector<int64_t> rowAxes(const Tensor &x) {
  std::vector<int64_t> axes{0};
  for (int64_t axis = 2; axis < x.dim(); ++axis) axes.push_back(axis);
  return axes;
}

/// (channel) as it stands beside x.
Tensor beside(const Tensor &x, const Tensor &vector) {
  std::vector<int64_t> sizes(x.dim(), 1);
  sizes[1] = vector.numel();
  return vector.to(wide(x)).view(sizes);
}

/// What is subtracted from a channel's elements and what they are then multiplied with, and the
/// rows of all ranks: (channel), (channel), ().
struct BatchStatistics {
  Tensor mean, inverseDeviation, count;
};

/// Every rank combines the moments of all in the same order, to the same bits.
BatchStatistics measured(
    const Tensor &x, const std::optional<Tensor> &runningMean,
    const std::optional<Tensor> &runningVariance, double momentum, double epsilon, Ranks &ranks) {
  const int64_t channels = x.size(1);
  const double rows = static_cast<double>(x.numel() / channels);
  const auto [variance, mean] =
      at::var_mean(x.to(wide(x)), rowAxes(x), /*correction=*/0, /*keepdim=*/false);
  const Tensor own = at::cat({mean, variance * rows, mean.new_full({1}, rows)}).to(at::kDouble);

  const Tensor table = ranks.gathered(own);
  const Tensor means = table.narrow(1, 0, channels);
  const Tensor counts = table.narrow(1, 2 * channels, 1);
  const Tensor count = counts.sum();
  const Tensor center = (counts * means).sum(0) / count;
  const Tensor deviations =
      (table.narrow(1, channels, channels) + counts * (means - center).square()).sum(0);
  const auto move = [&](const std::optional<Tensor> &running, const Tensor &value) {
    if (running) running->lerp_(value.to(running->scalar_type()), momentum);
  };
  move(runningMean, center);
  move(runningVariance, deviations / (count - 1));
  return {center, (deviations / count + epsilon).rsqrt(), count};
}

struct SharedNormFunction : torch::autograd::Function<SharedNormFunction> {
  static Tensor forward(
      AutogradContext *context, const Tensor &x, const Tensor &weight, const Tensor &bias,
      const std::optional<Tensor> &runningMean, const std::optional<Tensor> &runningVariance,
      double momentum, double epsilon, const RanksPointer &ranks) {
    const BatchStatistics batch =
        measured(x, runningMean, runningVariance, momentum, epsilon, *ranks);
    context->save_for_backward({x, weight, batch.mean, batch.inverseDeviation, batch.count});
    context->saved_data["ranks"] = ranks;
    const Tensor centered = x.to(wide(x)) - beside(x, batch.mean);
    const Tensor y =
        centered * beside(x, batch.inverseDeviation * weight) + beside(x, bias);
    return y.to(x.scalar_type());
  }

  /// As the `backward` of batch_norm_passes.h.
  static variable_list backward(AutogradContext *context, const variable_list &results) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0], &weight = saved[1], &inverseDeviation = saved[3];
    const RanksPointer ranks = context->saved_data["ranks"].toCustomClass<Ranks>();
    const Tensor slope = results[0].to(wide(x));
    const Tensor normal =
        (x.to(wide(x)) - beside(x, saved[2])) * beside(x, inverseDeviation);
    const Tensor sums = slope.sum(rowAxes(x)), products = (slope * normal).sum(rowAxes(x));

    Tensor both = at::cat({sums, products}).to(at::kDouble);
    ranks->sum(both);
    both = both / saved[4];
    const int64_t channels = x.size(1);
    const Tensor offset = beside(x, both.narrow(0, 0, channels));
    const Tensor tilt = beside(x, both.narrow(0, channels, channels));
    const Tensor dx =
        beside(x, inverseDeviation * weight) * (slope - offset - normal * tilt);
    return {dx.to(x.scalar_type()), products.to(weight.scalar_type()),
            sums.to(weight.scalar_type()), Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor sharedNorm(
    const Tensor &x, const Tensor &weight, const Tensor &bias,
    const std::optional<Tensor> &runningMean, const std::optional<Tensor> &runningVariance,
    double momentum, double epsilon, const RanksPointer &ranks) {
  return SharedNormFunction::apply(
      x, weight, bias, runningMean, runningVariance, momentum, epsilon, ranks);
}

}  // namespace net2net

#endif
