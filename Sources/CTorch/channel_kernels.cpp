#include "channel_kernels.h"

namespace plain {
#define NET2NET_REGISTER 16
#include "channel_kernels.inc"
#undef NET2NET_REGISTER
}

#if defined(__x86_64__) && defined(__clang__)

#define NET2NET_HAS_VARIANTS 1

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
namespace avx2 {
#define NET2NET_REGISTER 32
#include "channel_kernels.inc"
#undef NET2NET_REGISTER
}
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
namespace avx512 {
#define NET2NET_REGISTER 64
#include "channel_kernels.inc"
#undef NET2NET_REGISTER
}
#pragma clang attribute pop

#endif

namespace {

template <typename Element, typename Number>
const ChannelKernels<Element, Number> &chosen() {
#ifdef NET2NET_HAS_VARIANTS
  static const bool hasAVX512 = __builtin_cpu_supports("avx512f") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl");
  static const bool hasAVX2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (hasAVX512) return avx512::Loops<Element>::table;
  if (hasAVX2) return avx2::Loops<Element>::table;
#endif
  return plain::Loops<Element>::table;
}

}  // namespace

template <>
const ChannelKernels<float, float> &channelKernels() {
  return chosen<float, float>();
}
template <>
const ChannelKernels<double, double> &channelKernels() {
  return chosen<double, double>();
}
template <>
const ChannelKernels<BrainFloat, float> &channelKernels() {
  return chosen<BrainFloat, float>();
}
