// One thread of libtorch's for a while.
#pragma once

#include <dlfcn.h>

namespace net2net {

/// Lets OpenMP's loops within run on the calling thread alone. libtorch's own switch does that
/// too, but also forgets the kernels that it has generated.
class SingleThread {
 public:
  static bool isPossible() { return setter() != nullptr && getter() != nullptr; }
  SingleThread() : previous(getter()()) { setter()(1); }
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
  static int (*getter())() {
    static const auto function =
        reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
    return function;
  }
};

}  // namespace net2net
