// AVX-512 tier: 32 registers of 16 floats.
#include <assert.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include "nn_kernels.h"
#include "nn_tables.h"

#if defined(__x86_64__)
#define NN_ISA avx512
#define NN_TIER NN_TIER_AVX512
#define NN_TIER_NAME "avx512"
#define NN_BLOCKS 3
#define NN_ROWS_1 NN_TILES_14
#define NN_ROWS_2 NN_TILES_14
#define NN_ROWS_3 NN_TILES_9
#define NN_HEIGHT_1 14
#define NN_HEIGHT_2 14
#define NN_HEIGHT_3 9
#define NN_DWCONV_COLUMNS 8
#define NN_WINOGRAD_LANES 16
#define NN_PEAK_CHAINS 16
#define NN_HAS_SCALEF
#define NN_HAS_PAIRED

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#include "templates/f32_tier.h"
#pragma clang attribute pop
#endif
