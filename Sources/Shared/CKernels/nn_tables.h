#pragma once
#include "nn_bf16.h"
#include "nn_kernels.h"
// The table of each tier, defined by its kernels__<tier>.c.
extern const nn_kernels nn_table__scalar;
extern const nn_kernels nn_table__portable;
extern const nn_bf16_kernels nn_bf16_table__scalar;
#if defined(__x86_64__)
extern const nn_kernels nn_table__avx2;
extern const nn_kernels nn_table__avx512;
extern const nn_bf16_kernels nn_bf16_table__avx512;
#endif
