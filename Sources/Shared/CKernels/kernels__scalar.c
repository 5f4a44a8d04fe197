// The table of the scalar tier.
#include "nn_tables.h"
#include "scalar/scalar.h"

const nn_kernels nn_table__scalar = {
    .tier = NN_TIER_SCALAR,
    .name = "scalar",
    .max_tile_blocks = 1,
    .max_tile_rows = {0, 4, 0, 0},
    .brgemm = nn_f32_brgemm__scalar,
    .brgemm_paired = nn_f32_brgemm_paired__scalar,
    .start_pairs = nn_f32_start_pairs__scalar,
    .max_paired_rows = {0, 4, 4, 4},
    .epilogue = nn_f32_epilogue__scalar,
    .dwconv2d = nn_f32_dwconv2d__scalar,
    .gemv = nn_f32_gemv__scalar,
    .gemv_transposed = nn_f32_gemv_transposed__scalar,
    .silu = nn_f32_silu__scalar,
    .sigmoid = nn_f32_sigmoid__scalar,
    .scale_rows = nn_f32_scale_rows__scalar,
    .scale_lanes = nn_f32_scale_lanes__scalar,
    .winograd_forward = nn_f32_winograd_forward__scalar,
    .winograd_inverse = nn_f32_winograd_inverse__scalar,
    .sum_taps = nn_f32_sum_taps__scalar,
    .peak = nn_f32_peak__scalar,
    .peak_chains = 1,
};
