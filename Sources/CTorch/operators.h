// Operators of our own, which libtorch's dispatcher calls like its own under "net2net::".
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <optional>

struct ct_group;

namespace net2net {

/// The processes of a run, for operators whose result depends on the batches of all. Every rank
/// makes the same calls in the same order; they throw when a rank is lost.
struct Ranks : torch::CustomClassHolder {
  /// (rank, …): the tensors of all ranks, which have one shape.
  virtual at::Tensor gathered(const at::Tensor &own) = 0;
  /// Adds the tensors of all ranks up, in place.
  virtual void sum(at::Tensor &tensor) = 0;
};

using RanksPointer = c10::intrusive_ptr<Ranks>;

RanksPointer ranksOf(const ct_group *group);

/// relu(norm(x) + addend), the sum and the relu where they are asked for. With `ranks` the batch
/// is that of all of them together.
at::Tensor batchNorm(
    const at::Tensor &x, const std::optional<at::Tensor> &addend, const at::Tensor &weight,
    const at::Tensor &bias, const std::optional<at::Tensor> &runningMean,
    const std::optional<at::Tensor> &runningVariance, bool usesBatch, double momentum,
    double epsilon, bool rectifies, const std::optional<RanksPointer> &ranks);

/// As `aten::convolution` without transposition.
at::Tensor convolution(
    const at::Tensor &x, const at::Tensor &weight, const std::optional<at::Tensor> &bias,
    at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, int64_t groups);

/// x · weightᵀ + bias over the last axis, as `aten::linear`.
at::Tensor dense(
    const at::Tensor &x, const at::Tensor &weight, const std::optional<at::Tensor> &bias);

/// A convolution's weight in the order in which ``filtered`` reads it best; the weight itself
/// where libtorch is to compute.
at::Tensor packedFilters(const at::Tensor &weight, int64_t groups);

/// relu(x ⋆ filters + bias + addend), the sum and the relu where they are asked for, with filters
/// of ``packedFilters``. Paddings are those before all axes and then those behind them. Records
/// no gradient.
at::Tensor filtered(
    const at::Tensor &x, const at::Tensor &filters, const at::Tensor &bias,
    const std::optional<at::Tensor> &addend, at::IntArrayRef strides, at::IntArrayRef padding,
    at::IntArrayRef dilations, int64_t groups, bool rectifies);

/// The largest numbers or the means of windows, (N, C, sizes…), of float32 images where this
/// machine has filter kernels. Paddings as above; they count as zeros in a mean where
/// `countsPadding`, and what lies beyond them never counts.
at::Tensor pooled(
    const at::Tensor &x, at::IntArrayRef sizes, at::IntArrayRef kernel, at::IntArrayRef strides,
    at::IntArrayRef padding, at::IntArrayRef dilations, bool takesLargest, bool countsPadding);

/// x with a share `ratio` of its elements, picked by `seed` alone, at zero and the others divided by
/// 1 − ratio. `aten::dropout` draws from a generator that all threads of a process share.
at::Tensor dropout(const at::Tensor &x, double ratio, int64_t seed);

/// Makes them known; once.
void registerOperators();

}  // namespace net2net
