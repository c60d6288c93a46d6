// Loops on libtorch's own threads.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>
#include <ATen/ops/empty.h>

#include <cstdint>

namespace net2net {

/// Calls `body(index)` for 0 ..< count; neighbouring indices go to one thread, `backwards` from
/// the last to the first.
///
/// libtorch's `parallel_for` is a template that runs on one thread only unless it is compiled
/// with the OpenMP that libtorch has. Its iterator over a tensor is compiled already.
template <typename Body>
void forEachIndex(int64_t count, const Body &body, bool backwards = false) {
  if (count == 1 || at::get_num_threads() == 1 || at::in_parallel_region()) {
    for (int64_t index = 0; index < count; ++index) body(backwards ? count - 1 - index : index);
    return;
  }
  const at::Tensor places = at::empty({count}, at::kByte);
  const auto *first = static_cast<const char *>(places.const_data_ptr());
  auto iterator = at::TensorIteratorConfig()
                      .check_all_same_dtype(false)
                      .resize_outputs(false)
                      .add_borrowed_output(places)
                      .build();
  iterator.for_each(
      [&](char **data, const int64_t *, int64_t length) {
        const int64_t begin = data[0] - first;
        for (int64_t index = 0; index < length; ++index) {
          body(begin + (backwards ? length - 1 - index : index));
        }
      },
      /*grain_size=*/1);
}

}  // namespace net2net
