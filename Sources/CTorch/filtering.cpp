// Convolutions and dense layers of networks that are only evaluated: relu(x ⋆ filters + bias +
// addend) in one pass over channels-last numbers, by the loops of filter_kernels.h.
//
// Filters are brought into the order in which those loops read them once, when a network is
// compiled. Where the loops do not suit (another device or type, groups, an odd number of axes, a
// machine without wide registers) the filters stay as they are and libtorch computes.

#if __has_include(<ATen/core/Tensor.h>)

#include "operators.h"

#include "filter_kernels.h"
#include "parallel.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/convolution.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

namespace net2net {
namespace {

using at::Tensor;

constexpr auto imageFormat = at::MemoryFormat::ChannelsLast;

/// Multiplications that are worth a thread of their own.
constexpr int64_t workOfThread = int64_t(1) << 22;

/// A convolution over images, of which a dense layer is the one over single pixels.
class Filtering {
 public:
  Filtering(
      const Tensor &x, const Tensor &filters, const Tensor &bias, const Tensor &addend,
      at::IntArrayRef strides, at::IntArrayRef padding, at::IntArrayRef dilations,
      bool rectifies)
      : x(x), filters(filters), addend(addend), rectifies(rectifies),
        top(padding[0]), left(padding[1]), strideY(strides[0]), strideX(strides[1]),
        dilationY(dilations[0]), dilationX(dilations[1]) {
    channels = x.size(1), height = x.size(2), width = x.size(3);
    kernelY = filters.size(1), kernelX = filters.size(2);
    const int64_t paddedHeight = height + padding[0] + padding[2];
    paddedWidth = width + padding[1] + padding[3];
    outputs = bias.size(0);
    rows = places(paddedHeight, kernelY, strideY, dilationY);
    columns = places(paddedWidth, kernelX, strideX, dilationX);
    isPadded = std::any_of(padding.begin(), padding.end(), [](int64_t pad) { return pad != 0; });
    biases.assign(filters.size(0) * filters.size(4), 0);
    std::copy_n(static_cast<const float *>(bias.const_data_ptr()), outputs, biases.begin());
  }

  Tensor result() const {
    const Tensor y = at::empty({x.size(0), outputs, rows, columns}, x.options(), imageFormat);
    if (addend.defined()) {
      TORCH_CHECK(
          addend.sizes() == y.sizes() && addend.scalar_type() == at::kFloat, "a sum of ",
          addend.toString(), " ", addend.sizes(), " with a result of ", y.toString(), " ",
          y.sizes());
    }
    if (y.numel() == 0) return y;
    const int64_t images = x.size(0);
    const int64_t work = columns * outputs * channels * kernelY * kernelX;
    // Rows that a piece has: all of an image, or fewer where images alone do not keep threads busy.
    int64_t piece = rows;
    if (images < at::get_num_threads()) {
      const int64_t wanted = std::max<int64_t>(1, workOfThread / std::max<int64_t>(work, 1));
      piece = std::clamp<int64_t>(rows / (2 * at::get_num_threads()), std::min(wanted, rows), rows);
    }
    const int64_t pieces = (rows + piece - 1) / piece;
    // A single row is cut between its channels instead.
    const int64_t lanes = filterKernels()->lanes, pairs = (outputs + 2 * lanes - 1) / (2 * lanes);
    const bool cutsChannels = images * rows == 1;
    const auto body = [&](int64_t index) {
      if (cutsChannels) {
        fill(y, 0, 0, 1, index, index + 1);
      } else {
        const int64_t first = index % pieces * piece;
        fill(y, index / pieces, first, std::min(piece, rows - first), 0, pairs);
      }
    };
    const int64_t count = cutsChannels ? pairs : images * pieces;
    if (images * rows * work < 2 * workOfThread) {
      for (int64_t index = 0; index < count; ++index) body(index);
    } else {
      forEachIndex(count, body);
    }
    return y;
  }

 private:
  const Tensor &x, &filters, &addend;
  bool rectifies, isPadded;
  int64_t top, left, strideY, strideX, dilationY, dilationX;
  int64_t channels, height, width, kernelY, kernelX, paddedWidth, outputs, rows, columns;
  std::vector<float> biases;

  /// How many windows there are along an axis of `size`; none reads beyond it.
  static int64_t places(int64_t size, int64_t kernel, int64_t stride, int64_t dilation) {
    TORCH_CHECK(
        kernel > 0 && stride > 0 && dilation > 0, "filters of ", kernel, " in steps of ", stride,
        ", dilated by ", dilation);
    const int64_t reach = (kernel - 1) * dilation + 1;
    TORCH_CHECK(size >= reach, "a window of ", reach, " does not fit ", size);
    return (size - reach) / stride + 1;
  }

  /// The input rows that result rows from `first` on read, with zeros around them.
  const float *padded(int64_t image, int64_t first, int64_t count) const {
    thread_local std::vector<float> space;
    const int64_t lines = (count - 1) * strideY + (kernelY - 1) * dilationY + 1;
    const int64_t line = paddedWidth * channels;
    if (static_cast<int64_t>(space.size()) < lines * line) space.resize(lines * line);
    const auto *source = static_cast<const float *>(x.const_data_ptr()) +
        image * height * width * channels;
    // Negative pads cut off.
    const int64_t begin = std::max<int64_t>(0, left), skipped = std::max<int64_t>(0, -left);
    const int64_t taken = std::min(width - skipped, paddedWidth - begin);
    for (int64_t index = 0; index < lines; ++index) {
      float *to = space.data() + index * line;
      const int64_t y = first * strideY - top + index;
      if (y < 0 || y >= height) {
        std::fill_n(to, line, 0.0f);
        continue;
      }
      std::fill_n(to, begin * channels, 0.0f);
      std::memcpy(
          to + begin * channels, source + (y * width + skipped) * channels,
          taken * channels * sizeof(float));
      std::fill(to + (begin + taken) * channels, to + line, 0.0f);
    }
    return space.data();
  }

  /// Computes `count` rows of an image from `first` on, for the channels of some pairs of
  /// registers.
  void fill(
      const Tensor &y, int64_t image, int64_t first, int64_t count, int64_t firstPair,
      int64_t endPair) const {
    const FilterKernels &kernels = *filterKernels();
    const float *input = isPadded ? padded(image, first, count)
                                  : static_cast<const float *>(x.const_data_ptr()) +
            (image * height + first * strideY) * width * channels;
    const auto line = (isPadded ? paddedWidth : width) * channels;
    const int64_t offset = (image * rows + first) * columns * outputs;
    FilteredRow row{};
    row.pixels = columns;
    row.inputStep = strideX * channels;
    row.rows = kernelY;
    row.rowStep = dilationY * line;
    row.taps = dilationX == 1 ? 1 : kernelX;
    row.tapStep = dilationX * channels;
    row.run = dilationX == 1 ? kernelX * channels : channels;
    row.filterStep = kernelY * kernelX * channels * kernels.lanes;
    row.resultStep = outputs;
    row.rectifies = rectifies;
    // Each two registers of filters pass over all rows while the caches hold them.
    for (int64_t pair = firstPair; pair < endPair; ++pair) {
      const int64_t output = pair * 2 * kernels.lanes;
      row.channels = std::min(2 * kernels.lanes, outputs - output);
      row.filters = static_cast<const float *>(filters.const_data_ptr()) +
          output / kernels.lanes * row.filterStep;
      row.bias = biases.data() + output;
      for (int64_t index = 0; index < count; ++index) {
        const int64_t place = offset + index * columns * outputs + output;
        row.input = input + index * strideY * line;
        row.addend = addend.defined()
            ? static_cast<const float *>(addend.const_data_ptr()) + place
            : nullptr;
        row.result = static_cast<float *>(y.mutable_data_ptr()) + place;
        kernels.filter(row);
      }
    }
  }
};

/// As the loops want it: of this type, channels side by side.
bool suits(const Tensor &x) {
  return x.scalar_type() == at::kFloat && x.device().is_cpu() && x.dim() == 4;
}

/// Whether filters of ``packedFilters`` and a bias belong together, as the loops read them.
bool belongTogether(const Tensor &filters, const Tensor &bias) {
  const int64_t lanes = filters.size(4);
  return filterKernels() != nullptr && lanes == filterKernels()->lanes &&
      filters.scalar_type() == at::kFloat && filters.device().is_cpu() &&
      filters.is_contiguous() && bias.dim() == 1 && bias.scalar_type() == at::kFloat &&
      bias.device().is_cpu() && bias.is_contiguous() && bias.size(0) > 0 &&
      filters.size(0) == (bias.size(0) + lanes - 1) / lanes;
}

/// (N, C) as the pixels of one row of an image, without a copy.
Tensor asImage(const Tensor &rows) {
  return rows.contiguous().view({1, 1, rows.size(0), rows.size(1)}).permute({0, 3, 1, 2});
}

Tensor plain(
    const Tensor &x, const Tensor &filters, const Tensor &bias, const Tensor &addend,
    at::IntArrayRef strides, at::IntArrayRef padding, at::IntArrayRef dilations, int64_t groups,
    bool rectifies) {
  if (x.dim() == 2) {
    Tensor y = at::addmm(bias, x, filters.t());
    if (addend.defined()) y.add_(addend);
    return rectifies ? y.relu_() : y;
  }
  const auto axes = strides.size();
  const auto begins = padding.slice(0, axes), ends = padding.slice(axes, axes);
  Tensor input = x;
  std::vector<int64_t> pads = begins.vec();
  if (begins != ends) {
    std::vector<int64_t> amounts;  // counted from the last axis
    for (size_t axis = axes; axis-- > 0;) {
      amounts.push_back(begins[axis]);
      amounts.push_back(ends[axis]);
    }
    input = at::constant_pad_nd(x, amounts);
    std::fill(pads.begin(), pads.end(), 0);
  }
  const std::vector<int64_t> outputPadding(axes, 0);
  Tensor y = at::convolution(
      input, filters, bias, strides, pads, dilations, /*transposed=*/false, outputPadding, groups);
  if (addend.defined()) y.add_(addend);
  return rectifies ? y.relu_() : y;
}

}  // namespace

Tensor packedFilters(const Tensor &weight, int64_t groups) {
  const FilterKernels *kernels = filterKernels();
  if (weight.dim() == 2) {
    const Tensor packed = packedFilters(weight.unsqueeze(2).unsqueeze(3), groups);
    return packed.dim() == 5 ? packed : weight;
  }
  if (kernels == nullptr || groups != 1 || !suits(weight) || weight.numel() == 0) return weight;
  const int64_t lanes = kernels->lanes, blocks = (weight.size(0) + lanes - 1) / lanes;
  Tensor filled = at::zeros(
      {blocks * lanes, weight.size(1), weight.size(2), weight.size(3)}, weight.options());
  filled.narrow(0, 0, weight.size(0)).copy_(weight);
  return filled.view({blocks, lanes, weight.size(1), weight.size(2), weight.size(3)})
      .permute({0, 3, 4, 2, 1})
      .contiguous();  // (block, row, column, input channel, output channel of the block)
}

Tensor filtered(
    const Tensor &x, const Tensor &filters, const Tensor &bias,
    const std::optional<Tensor> &addend, at::IntArrayRef strides, at::IntArrayRef padding,
    at::IntArrayRef dilations, int64_t groups, bool rectifies) {
  const Tensor added = addend.value_or(Tensor());
  if (filters.dim() != 5 || x.dim() == 5) {
    return plain(x, filters, bias, added, strides, padding, dilations, groups, rectifies);
  }
  if (x.dim() == 2) {
    const auto other = addend ? std::optional(asImage(*addend)) : std::nullopt;
    return filtered(asImage(x), filters, bias, other, {1, 1}, {0, 0, 0, 0}, {1, 1}, 1, rectifies)
        .permute({0, 2, 3, 1})
        .view({x.size(0), bias.size(0)});
  }
  TORCH_CHECK(
      suits(x) && x.size(1) == filters.size(3), "filters packed for float32 of ", filters.size(3),
      " channels, input of ", x.toString(), " ", x.sizes());
  TORCH_CHECK(
      belongTogether(filters, bias), "filters packed as ", filters.sizes(), ", a bias of ",
      bias.toString(), " ", bias.sizes());
  TORCH_CHECK(
      strides.size() == 2 && padding.size() == 4 && dilations.size() == 2, "two strides, four pads "
      "and two dilations expected, ", strides, ", ", padding, " and ", dilations, " found");
  const Tensor arranged = x.contiguous(imageFormat);
  const Tensor other = added.defined() ? added.contiguous(imageFormat) : added;
  return Filtering(arranged, filters, bias, other, strides, padding, dilations, rectifies)
      .result();
}

}  // namespace net2net

#endif
