// Batch norm over the batches of several processes, on any device.
#pragma once

#include "operators.h"

namespace net2net {

/// norm(x), with the statistics of the batches of all ranks together. x has two axes or more, the
/// channels on the second.
at::Tensor sharedNorm(
    const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias,
    const std::optional<at::Tensor> &runningMean,
    const std::optional<at::Tensor> &runningVariance, double momentum, double epsilon,
    const RanksPointer &ranks);

}  // namespace net2net
