#if __has_include(<torch/csrc/distributed/c10d/Backend.hpp>)

#include "nccl.h"

// The first is in libtorch's folder only where it was built with CUDA.
#if __has_include(<c10/cuda/impl/cuda_cmake_macros.h>) && \
    __has_include(<nccl.h>) && __has_include(<cuda_runtime.h>)

#define USE_C10D_NCCL 1
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include <cstdlib>
#include <utility>

namespace net2net {

bool hasNCCL() { return true; }

c10::intrusive_ptr<c10d::Backend> openNCCL(
    c10::intrusive_ptr<c10d::Store> store, int rank, int size,
    std::chrono::milliseconds patience) {
  // c10d would end the process from a thread of its own when a rank is lost. So it gives the
  // exchange up, and whoever waits for it hears of it.
  constexpr int keepsWhatIsSet = 0;
  setenv("TORCH_NCCL_ASYNC_ERROR_HANDLING", "2", keepsWhatIsSet);
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = patience;
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(
      std::move(store), rank, size, std::move(options));
}

}  // namespace net2net

#else

#include <c10/util/Exception.h>

namespace net2net {

bool hasNCCL() { return false; }

c10::intrusive_ptr<c10d::Backend> openNCCL(
    c10::intrusive_ptr<c10d::Store>, int, int, std::chrono::milliseconds) {
  TORCH_CHECK(false, "this build has no NCCL");
}

}  // namespace net2net

#endif
#endif
