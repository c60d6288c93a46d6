// Channels-last tensors of the CPU as rows of channels, for the loops of channel_kernels.h.
#pragma once

#include "channel_kernels.h"
#include "parallel.h"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace net2net {

using at::Tensor;

inline at::MemoryFormat channelsLast(const Tensor &x) {
  return x.dim() == 4 ? at::MemoryFormat::ChannelsLast
      : x.dim() == 5  ? at::MemoryFormat::ChannelsLast3d
                      : at::MemoryFormat::Contiguous;
}

template <typename Element, typename Number>
const Element *elements(const Tensor &tensor) {
  return tensor.defined() ? static_cast<const Element *>(tensor.const_data_ptr()) : nullptr;
}

template <typename Element>
Element *target(const Tensor &tensor) {
  return tensor.defined() ? static_cast<Element *>(tensor.mutable_data_ptr()) : nullptr;
}

/// Rows of channels, cut into pieces that are computed one by one.
template <typename Element, typename Number>
struct Rows {
  const ChannelKernels<Element, Number> &kernels = channelKernels<Element, Number>();
  int64_t channels, rows, period, piece, pieces;

  explicit Rows(const Tensor &x) {
    channels = x.size(1);
    rows = x.numel() / channels;
    period = std::lcm(channels, kernels.group);
    const int64_t wanted = (int64_t(1) << 18) / static_cast<int64_t>(sizeof(Element));
    piece = std::max<int64_t>(1, wanted / period) * period;
    pieces = (x.numel() + piece - 1) / piece;
  }

  int64_t count() const { return rows * channels; }

  /// A period of a value for each channel.
  template <typename Value>
  std::vector<Number> repeated(const Value &value) const {
    std::vector<Number> values(period);
    for (int64_t place = 0; place < period; ++place) {
      values[place] = place < channels ? static_cast<Number>(value(place)) : values[place - channels];
    }
    return values;
  }

  /// Calls `body(begin, count)` for every piece.
  template <typename Body>
  void forEach(const Body &body, bool backwards) const {
    forEachIndex(
        pieces,
        [&](int64_t index) {
          const int64_t begin = index * piece;
          body(begin, std::min(piece, count() - begin));
        },
        backwards);
  }

  /// Two sums for each channel; `body(begin, count, first, second)` adds those of a piece.
  template <typename Body>
  std::pair<std::vector<double>, std::vector<double>> sums(const Body &body) const {
    std::vector<double> parts(2 * period * pieces, 0);
    forEach(
        [&](int64_t begin, int64_t count) {
          double *part = parts.data() + begin / piece * 2 * period;
          body(begin, count, part, part + period);
        },
        false);
    std::vector<double> first(channels, 0), second(channels, 0);
    for (int64_t index = 0; index < pieces; ++index) {
      const double *part = parts.data() + index * 2 * period;
      for (int64_t place = 0; place < period; ++place) {
        first[place % channels] += part[place];
        second[place % channels] += part[period + place];
      }
    }
    return {first, second};
  }
};

/// Calls `body.operator()<Element, Number>()` for the type of x.
template <typename Body>
auto withElements(const Tensor &x, const Body &body) {
  switch (x.scalar_type()) {
    case at::kDouble: return body.template operator()<double, double>();
    case at::kBFloat16: return body.template operator()<BrainFloat, float>();
    default: return body.template operator()<float, float>();
  }
}

}  // namespace net2net
