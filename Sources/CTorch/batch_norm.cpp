// Batch norm in training mode with what often follows it, relu(norm(x) + added), as one operator
// on channels-last tensors of the CPU.
//
// libtorch's norm, sum and relu read or write a tensor of this size nine times forwards and eight
// times backwards. Here it is four (five with a sum) and five (seven): one loop measures or adds
// up, one writes. The relu's mask is computed again from x, or read off the result where something
// was added, so that besides x nothing is kept.

#if __has_include(<ATen/core/Tensor.h>)

#include "operators.h"

#include "batch_norm_passes.h"
#include "shared_norm.h"

#include <ATen/ops/add.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/relu.h>
#include <torch/csrc/autograd/custom_function.h>

#include <initializer_list>
#include <optional>

namespace net2net {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct NormFunction : torch::autograd::Function<NormFunction> {
  static Tensor forward(
      AutogradContext *context, const Tensor &x, const std::optional<Tensor> &addend,
      const Tensor &weight, const Tensor &bias, const std::optional<Tensor> &runningMean,
      const std::optional<Tensor> &runningVariance, double momentum, double epsilon,
      bool rectifies, const std::optional<RanksPointer> &ranks) {
    const Tensor added = addend.value_or(Tensor());
    const Settings settings{momentum, epsilon, rectifies};
    const auto [y, statistics] = withElements(x, [&]<typename Element, typename Number>() {
      return net2net::forward<Element, Number>(
          x, added, weight, bias, runningMean.value_or(Tensor()),
          runningVariance.value_or(Tensor()), settings, ranks ? ranks->get() : nullptr);
    });
    context->save_for_backward(
        {x, rectifies && added.defined() ? y : Tensor(), weight, bias, statistics.mean,
         statistics.inverseDeviation});
    context->saved_data["rectifies"] = rectifies;
    context->saved_data["adds"] = added.defined();
    context->saved_data["count"] = statistics.count;
    if (ranks) context->saved_data["ranks"] = *ranks;
    return y;
  }

  static variable_list backward(AutogradContext *context, const variable_list &results) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &x = saved[0];
    const Tensor dy = results[0].contiguous(channelsLast(x));
    const auto found = context->saved_data.find("ranks");
    const RanksPointer ranks = found == context->saved_data.end()
        ? RanksPointer()
        : found->second.toCustomClass<Ranks>();
    const Gradients gradients = withElements(x, [&]<typename Element, typename Number>() {
      return net2net::backward<Element, Number>(
          x, saved[1], dy, saved[2], saved[3],
          {saved[4], saved[5], context->saved_data["count"].toDouble()},
          context->saved_data["rectifies"].toBool(), ranks.get());
    });
    const bool adds = context->saved_data["adds"].toBool();
    return {gradients.x,    adds ? gradients.added : Tensor(),
            gradients.weight, gradients.bias,
            Tensor(),       Tensor(),
            Tensor(),       Tensor(),
            Tensor(),       Tensor()};
  }
};

/// Whether the loops here suit: a CPU, numbers of the types they know …
bool suits(const Tensor &x, const Tensor &weight, const Tensor &bias) {
  const auto type = x.scalar_type();
  const auto number = type == at::kBFloat16 ? at::kFloat : type;
  const bool isKnown = type == at::kFloat || type == at::kDouble || type == at::kBFloat16;
  if (!isKnown || !x.device().is_cpu() || x.dim() < 2 || x.dim() == 3 || x.dim() > 5) return false;
  if (x.size(1) == 0) return false;
  for (const Tensor &vector : {weight, bias}) {
    if (!vector.defined() || vector.scalar_type() != number || !vector.is_contiguous()) {
      return false;
    }
  }
  return true;
}

/// The loops read a number for each channel from every vector.
void checkVectors(const Tensor &x, std::initializer_list<Tensor> vectors) {
  for (const Tensor &vector : vectors) {
    TORCH_CHECK(
        !vector.defined() || (vector.dim() == 1 && vector.size(0) == x.size(1)),
        "a batch norm of ", x.size(1), " channels, but a vector of ", vector.sizes());
  }
}

/// … and channels side by side, in two rows or more.
bool isArranged(const Tensor &x, const Tensor &added) {
  return x.is_contiguous(channelsLast(x)) && x.numel() >= 2 * x.size(1) &&
      (!added.defined() ||
       (added.sizes() == x.sizes() && added.scalar_type() == x.scalar_type() &&
        added.is_contiguous(channelsLast(x))));
}

/// Every rank comes this way whatever its part of the batch looks like, since all must exchange
/// the same.
Tensor synchronized(
    const Tensor &x, const std::optional<Tensor> &addend, const Tensor &weight,
    const Tensor &bias, const std::optional<Tensor> &runningMean,
    const std::optional<Tensor> &runningVariance, double momentum, double epsilon,
    bool rectifies, const RanksPointer &ranks) {
  TORCH_CHECK(x.dim() >= 2 && x.size(1) > 0, "a batch norm of ", x.sizes(), " has no channels");
  if (addend && (addend->sizes() != x.sizes() || addend->scalar_type() != x.scalar_type())) {
    const Tensor y = synchronized(
        x, std::nullopt, weight, bias, runningMean, runningVariance, momentum, epsilon, false,
        ranks);
    return rectifies ? at::relu(at::add(y, *addend)) : at::add(y, *addend);
  }
  if (x.dim() == 3) {  // (N, C, L), as one row of an image
    const auto widened = addend ? std::optional(addend->unsqueeze(2)) : std::nullopt;
    return synchronized(
               x.unsqueeze(2), widened, weight, bias, runningMean, runningVariance, momentum,
               epsilon, rectifies, ranks)
        .squeeze(2);
  }
  checkVectors(
      x, {weight, bias, runningMean.value_or(Tensor()), runningVariance.value_or(Tensor())});
  if (suits(x, weight, bias)) {
    const auto format = channelsLast(x);
    const auto arranged = addend ? std::optional(addend->contiguous(format)) : std::nullopt;
    return NormFunction::apply(
        x.contiguous(format), arranged, weight, bias, runningMean, runningVariance, momentum,
        epsilon, rectifies, std::optional(ranks));
  }
  Tensor y =
      sharedNorm(x, weight, bias, runningMean, runningVariance, momentum, epsilon, ranks);
  if (addend) y = at::add(y, *addend);
  return rectifies ? at::relu(y) : y;
}

}  // namespace

Tensor batchNorm(
    const Tensor &x, const std::optional<Tensor> &addend, const Tensor &weight,
    const Tensor &bias, const std::optional<Tensor> &runningMean,
    const std::optional<Tensor> &runningVariance, bool usesBatch, double momentum,
    double epsilon, bool rectifies, const std::optional<RanksPointer> &ranks) {
  if (usesBatch && ranks) {
    return synchronized(
        x, addend, weight, bias, runningMean, runningVariance, momentum, epsilon, rectifies,
        *ranks);
  }
  checkVectors(
      x, {weight, bias, runningMean.value_or(Tensor()), runningVariance.value_or(Tensor())});
  if (usesBatch && suits(x, weight, bias) && isArranged(x, addend.value_or(Tensor()))) {
    return NormFunction::apply(
        x, addend, weight, bias, runningMean, runningVariance, momentum, epsilon, rectifies,
        std::optional<RanksPointer>());
  }
  Tensor y = at::batch_norm(
      x, weight, bias, runningMean, runningVariance, usesBatch, momentum, epsilon,
      /*cudnn_enabled=*/true);
  if (addend) y = at::add(y, *addend);
  return rectifies ? at::relu_(y) : y;
}

}  // namespace net2net

#endif
