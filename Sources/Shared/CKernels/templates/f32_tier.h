// All kernels of one tier and its table. The including file defines NN_ISA, NN_TIER, NN_TIER_NAME, NN_BLOCKS (widest
// tile), NN_ROWS_1 … NN_ROWS_3 (tile lists), NN_HEIGHT_1 … NN_HEIGHT_3 (their heights), NN_DWCONV_COLUMNS,
// NN_WINOGRAD_LANES (floats of one register) and NN_PEAK_CHAINS (chains of 16 lanes that the registers hold).
#include "f32_vector.h"
#include "tiles.h"
#include "f32_brgemm.h"
#ifdef NN_HAS_PAIRED
#include "f32_paired.h"
#endif
#define NN_TYPE f32
#define NN_ELEMENT float
#include "f32_dwconv2d.h"
#include "epilogue.h"
#undef NN_TYPE
#undef NN_ELEMENT
#include "f32_vectors.h"
#include "f32_winograd.h"
#include "f32_peak.h"

#define NN_TABLE_OF(isa) nn_table__##isa
#define NN_TABLE(isa) NN_TABLE_OF(isa)
const nn_kernels NN_TABLE(NN_ISA) = {
    .tier = NN_TIER,
    .name = NN_TIER_NAME,
    .max_tile_blocks = NN_BLOCKS,
    .max_tile_rows = {0, NN_HEIGHT_1, NN_HEIGHT_2, NN_HEIGHT_3},
    .brgemm = NN(f32_brgemm),
#ifdef NN_HAS_PAIRED
    .brgemm_paired = NN(f32_brgemm_paired),
    .start_pairs = NN(f32_start_pairs),
    .max_paired_rows = {0, 14, 12, 8},
#endif
    .epilogue = NN(f32_epilogue),
    .dwconv2d = NN(f32_dwconv2d),
    .gemv = NN(f32_gemv),
    .gemv_transposed = NN(f32_gemv_transposed),
    .silu = NN(f32_silu),
    .sigmoid = NN(f32_sigmoid),
    .scale_rows = NN(f32_scale_rows),
    .scale_lanes = NN(f32_scale_lanes),
    .winograd_forward = NN(f32_winograd_forward),
    .winograd_inverse = NN(f32_winograd_inverse),
    .sum_taps = NN(f32_sum_taps),
    .peak = NN(f32_peak),
    .peak_chains = NN_PEAK_CHAINS,
};
