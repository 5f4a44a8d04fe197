// bfloat16 products beside the AVX-512 tier.
#include <assert.h>

#include "nn_bf16.h"
#include "nn_tables.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define NN_ISA avx512bf16
#define NN_ROWS_1 NN_TILES_14
#define NN_ROWS_2 NN_TILES_14
#define NN_ROWS_3 NN_TILES_9
#define NN_DWCONV_COLUMNS 8
#define NN_HAS_SCALEF
#define NN_COARSE
#define NN_PEAK_CHAINS 16

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma"))), apply_to = function)
#include "templates/f32_vector.h"
#include "templates/tiles.h"
#include "templates/bf16_kernels.h"
#include "templates/bf16_expand.h"
#include "templates/bf16_dwconv2d.h"
#define NN_TYPE bf16
#define NN_ELEMENT uint16_t
#include "templates/epilogue.h"
#pragma clang attribute pop

const nn_bf16_kernels nn_bf16_table__avx512 = {
    .brgemm = NN(bf16_brgemm),
    .project = NN(bf16_project),
    .epilogue = NN(bf16_epilogue),
    .expand = NN(bf16_expand),
    .activate_pairs = NN(bf16_activate_pairs),
    .dwconv2d = NN(bf16_dwconv2d),
    .scale_rows = NN(bf16_scale_rows),
    .scale_lanes = NN(bf16_scale_lanes),
    .pair_columns = NN(bf16_pair_columns),
    .peak = NN(bf16_peak),
    .peak_chains = NN_PEAK_CHAINS,
};
#endif
