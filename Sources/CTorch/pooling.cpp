// Pooling over images of networks that are only evaluated, by the loops of filter_kernels.h.

#if __has_include(<ATen/core/Tensor.h>)

#include "operators.h"

#include "filter_kernels.h"
#include "parallel.h"

#include <ATen/ops/empty.h>

#include <algorithm>

namespace net2net {
namespace {

using at::Tensor;

/// Of the places that a window covers along one axis, those within the input.
struct Reach {
  int64_t begin, count;
  /// How many are within the input or its padding.
  int64_t padded;

  Reach(
      int64_t index, int64_t kernel, int64_t stride, int64_t dilation, int64_t size, int64_t before,
      int64_t behind) {
    const int64_t first = index * stride - before;
    int64_t place = 0;
    while (place < kernel && first + place * dilation < 0) ++place;
    begin = first + place * dilation;
    const auto below = [&](int64_t end) {
      return std::clamp<int64_t>((end - first + dilation - 1) / dilation, 0, kernel);
    };
    count = std::max<int64_t>(0, below(size) - place);
    padded = below(size + behind);
  }
};

}  // namespace

Tensor pooled(
    const Tensor &x, at::IntArrayRef sizes, at::IntArrayRef kernel, at::IntArrayRef strides,
    at::IntArrayRef padding, at::IntArrayRef dilations, bool takesLargest, bool countsPadding) {
  TORCH_CHECK(
      filterKernels() != nullptr && x.scalar_type() == at::kFloat && x.device().is_cpu() &&
          x.dim() == 4,
      "float32 images on a CPU with wide registers expected, not ", x.toString(), " ", x.sizes());
  TORCH_CHECK(
      sizes.size() == 2 && kernel.size() == 2 && strides.size() == 2 && padding.size() == 4 &&
          dilations.size() == 2,
      "windows over two axes expected, not ", kernel, " in steps of ", strides, " within ", padding);
  for (size_t axis = 0; axis < 2; ++axis) {
    const int64_t stride = strides[axis], before = padding[axis], behind = padding[axis + 2];
    TORCH_CHECK(
        sizes[axis] > 0 && kernel[axis] > 0 && stride > 0 && dilations[axis] > 0 && before >= 0 &&
            behind >= 0 && (sizes[axis] - 1) * stride < x.size(axis + 2) + before + behind,
        sizes[axis], " windows of ", kernel[axis], " in steps of ", stride, " do not fit ",
        x.size(axis + 2), " padded by ", before, " and ", behind);
  }
  const Tensor arranged = x.contiguous(at::MemoryFormat::ChannelsLast);
  const int64_t channels = x.size(1), height = x.size(2), width = x.size(3);
  const int64_t rows = sizes[0], columns = sizes[1];
  const Tensor y = at::empty(
      {x.size(0), channels, rows, columns}, x.options(), at::MemoryFormat::ChannelsLast);
  if (y.numel() == 0) return y;
  const auto *source = static_cast<const float *>(arranged.const_data_ptr());
  auto *target = static_cast<float *>(y.mutable_data_ptr());
  const auto body = [&](int64_t line) {
    const int64_t image = line / rows;
    const Reach across(
        line % rows, kernel[0], strides[0], dilations[0], height, padding[0], padding[2]);
    PooledWindow window{};
    window.rows = across.count;
    window.rowStep = dilations[0] * width * channels;
    window.columnStep = dilations[1] * channels;
    window.channels = channels;
    window.takesLargest = takesLargest;
    for (int64_t column = 0; column < columns; ++column) {
      const Reach along(
          column, kernel[1], strides[1], dilations[1], width, padding[1], padding[3]);
      window.columns = along.count;
      window.input =
          source + ((image * height + across.begin) * width + along.begin) * channels;
      window.result = target + (line * columns + column) * channels;
      window.factor = 1.0f /
          static_cast<float>(
              countsPadding ? across.padded * along.padded : across.count * along.count);
      filterKernels()->pool(window);
    }
  };
  // As libtorch: so many elements are worth a thread.
  if (x.numel() < 2 * at::internal::GRAIN_SIZE) {
    for (int64_t line = 0; line < x.size(0) * rows; ++line) body(line);
  } else {
    forEachIndex(x.size(0) * rows, body);
  }
  return y;
}

}  // namespace net2net

#endif
