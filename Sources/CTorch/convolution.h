// The gradients of a convolution's parameters, by parts of the batch.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace net2net {

struct Geometry {
  std::vector<int64_t> stride, padding, dilation;
  int64_t groups;
};

/// The gradients of weight and bias, each thread's part of the images by itself.
std::pair<at::Tensor, at::Tensor> parameterGradients(
    const at::Tensor &dy, at::Tensor x, const at::Tensor &weight, Geometry geometry,
    bool hasBias);

}  // namespace net2net
