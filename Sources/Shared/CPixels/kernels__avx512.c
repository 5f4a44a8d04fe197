#if defined(__x86_64__)
#include <string.h>
#include "CPixels.h"
#define PX_NAME(operation) px_##operation##__avx512
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))), apply_to = function)
#include "kernels.h"
#pragma clang attribute pop
#endif
