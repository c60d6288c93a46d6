#include "filter_kernels.h"

#if defined(__x86_64__) && defined(__clang__)

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
namespace avx2 {
#define NET2NET_REGISTER 32
#define NET2NET_PIXELS 6
#include "filter_kernels.inc"
#undef NET2NET_PIXELS
#undef NET2NET_REGISTER
#undef NET2NET_UNROLLED
}
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx2,fma"))), apply_to = function)
namespace avx512 {
#define NET2NET_REGISTER 64
#define NET2NET_PIXELS 8
#include "filter_kernels.inc"
#undef NET2NET_PIXELS
#undef NET2NET_REGISTER
#undef NET2NET_UNROLLED
}
#pragma clang attribute pop

const FilterKernels *filterKernels() {
  static const bool hasAVX512 = __builtin_cpu_supports("avx512f");
  static const bool hasAVX2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return hasAVX512 ? &avx512::table : hasAVX2 ? &avx2::table : nullptr;
}

#else

const FilterKernels *filterKernels() { return nullptr; }

#endif
