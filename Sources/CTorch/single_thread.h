// One thread of libtorch's for a while.
#pragma once

#include <ATen/Parallel.h>

#include <dlfcn.h>

namespace net2net {

/// Lets OpenMP's loops within run on the calling thread alone. libtorch's own switch does that
/// too, but also forgets the kernels that it has generated.
///
/// libtorch gives each thread its number of threads when that thread first asks for it. So it is asked
/// before: otherwise it would undo this, and oneDNN would wait for threads that never come.
class SingleThread {
 public:
  static bool isPossible() { return setter() != nullptr; }
  SingleThread() : previous(at::get_num_threads()) { setter()(1); }
  ~SingleThread() { setter()(previous); }
  SingleThread(const SingleThread &) = delete;
  SingleThread &operator=(const SingleThread &) = delete;

 private:
  int previous;
  static void (*setter())(int) {
    static const auto function =
        reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
    return function;
  }
};

}  // namespace net2net
