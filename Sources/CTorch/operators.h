// Operators of our own, which libtorch's dispatcher calls like its own under "net2net::".
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace net2net {

/// relu(norm(x) + addend), the sum and the relu where they are asked for.
at::Tensor batchNorm(
    const at::Tensor &x, const std::optional<at::Tensor> &addend, const at::Tensor &weight,
    const at::Tensor &bias, const std::optional<at::Tensor> &runningMean,
    const std::optional<at::Tensor> &runningVariance, bool usesBatch, double momentum,
    double epsilon, bool rectifies);

/// As `aten::convolution` without transposition.
at::Tensor convolution(
    const at::Tensor &x, const at::Tensor &weight, const std::optional<at::Tensor> &bias,
    at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, int64_t groups);

/// Makes them known; once.
void registerOperators();

}  // namespace net2net
