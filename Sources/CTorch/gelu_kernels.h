// The loop of GELU with its slope, for the instruction sets that machines have. Float alone.
#pragma once

#include <cstdint>

/// y = x · Φ(x), Φ the normal distribution's probability of less than x; slope = dy/dx unless null.
using GELUKernel = void (*)(const float *x, float *y, float *slope, int64_t count);

/// The best that this machine can run.
GELUKernel geluKernel();
