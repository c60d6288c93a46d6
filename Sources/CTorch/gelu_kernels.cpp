#include "gelu_kernels.h"

namespace plain {
#define NET2NET_REGISTER 16
#include "gelu_kernels.inc"
#undef NET2NET_REGISTER
}

#if defined(__x86_64__) && defined(__clang__)

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
namespace avx2 {
#define NET2NET_REGISTER 32
#include "gelu_kernels.inc"
#undef NET2NET_REGISTER
}
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx2,fma"))), apply_to = function)
namespace avx512 {
#define NET2NET_REGISTER 64
#include "gelu_kernels.inc"
#undef NET2NET_REGISTER
}
#pragma clang attribute pop

GELUKernel geluKernel() {
  static const bool hasAVX512 = __builtin_cpu_supports("avx512f");
  static const bool hasAVX2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return hasAVX512 ? avx512::geluOfAll : hasAVX2 ? avx2::geluOfAll : plain::geluOfAll;
}

#else

GELUKernel geluKernel() { return plain::geluOfAll; }

#endif
