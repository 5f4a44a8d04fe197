// AVX2 and FMA tier: 16 registers of 8 floats, two of them for 16 lanes.
#include <assert.h>
#include "nn_kernels.h"
#include "nn_tables.h"

#if defined(__x86_64__)
#define NN_ISA avx2
#define NN_TIER NN_TIER_AVX2
#define NN_TIER_NAME "avx2"
#define NN_BLOCKS 1
#define NN_ROWS_1 NN_TILES_6
#define NN_HEIGHT_1 6
#define NN_HEIGHT_2 0
#define NN_HEIGHT_3 0
#define NN_DWCONV_COLUMNS 4
#define NN_WINOGRAD_LANES 8
#define NN_PEAK_CHAINS 6

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "templates/f32_tier.h"
#pragma clang attribute pop
#endif
