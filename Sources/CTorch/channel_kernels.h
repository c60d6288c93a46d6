// Loops over rows of channels for batch norm with what often follows it, for the instruction sets
// that machines have. Elements are float, double, or bfloat16 computed with as float.
#pragma once

#include <cstdint>

/// The bits of a bfloat16.
struct BrainFloat {
  uint16_t bits;
};

/// Where the gradient of a relu is zero: told by the normalised value, which is computed again,
/// by the result that was kept, or nowhere as there is no relu.
enum class Mask { none, recomputed, stored };

/// Arrays for channels have the length of a period, see ``channelPeriod``; `x`, `y` and their
/// gradients have `count` elements and begin at the first channel.
template <typename Element, typename Number>
struct ChannelKernels {
  /// Elements that a step of the loops takes; a period is a multiple of it.
  int64_t group;

  /// Adds up x − shift and its square.
  void (*moments)(
      const Element *x, int64_t count, int64_t period, const Number *shift, double *sums,
      double *squares);

  /// y = (x − mean) · scale + bias, plus `added` unless null, and relu of that if `rectifies`.
  void (*normalize)(
      const Element *x, const Element *added, Element *y, int64_t count, int64_t period,
      const Number *mean, const Number *scale, const Number *bias, bool rectifies);

  /// Adds up g and g · (x − mean), where g is dy behind the mask; `Mask::stored` keeps g.
  void (*gradientSums)(
      Mask mask, const Element *x, const Element *y, const Element *dy, Element *kept,
      int64_t count, int64_t period, const Number *mean, const Number *scale,
      const Number *bias, double *sums, double *products);

  /// dx = scale · g − ((x − mean) · slope + offset), g as above; the mask is none or recomputed.
  void (*inputGradient)(
      bool recomputes, const Element *x, const Element *dy, Element *dx, int64_t count,
      int64_t period, const Number *mean, const Number *scale, const Number *bias,
      const Number *slope, const Number *offset);
};

/// The best that this machine can run.
template <typename Element, typename Number>
const ChannelKernels<Element, Number> &channelKernels();

template <>
const ChannelKernels<float, float> &channelKernels();
template <>
const ChannelKernels<double, double> &channelKernels();
template <>
const ChannelKernels<BrainFloat, float> &channelKernels();
