// Dropout whose draws are a function of a seed, whatever else the process draws meanwhile.

#if __has_include(<ATen/core/Tensor.h>)

#include "operators.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/ops/bernoulli.h>
#include <ATen/ops/div.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/zeros_like.h>

namespace net2net {
namespace {

at::Generator generator(const at::Device &device, uint64_t seed) {
  at::Generator generator = device.is_cpu()
      ? at::detail::createCPUGenerator()
      : at::globalContext().getAcceleratorHooksInterface(device.type())
            .getNewGenerator(device.index());
  generator.set_current_seed(seed);
  return generator;
}

}  // namespace

at::Tensor dropout(const at::Tensor &x, double ratio, int64_t seed) {
  if (ratio == 1) return x.mul(at::zeros_like(x));
  const double kept = 1 - ratio;
  at::Tensor factors = at::empty_like(x, x.options().requires_grad(false));
  factors.bernoulli_(kept, generator(x.device(), static_cast<uint64_t>(seed))).div_(kept);
  return x.mul(factors);
}

}  // namespace net2net

#endif
