#pragma once
// Products in bfloat16 with sums in float32, for CPUs with instructions for them. Activations between layers and weights
// are bfloat16 (uint16_t here), in the layouts of float32; two neighbouring channels make one summand. SILU2 is as coarse
// as bfloat16 allows.
#include "nn_kernels.h"

typedef struct nn_bf16_kernels {
    /// As nn_kernels.brgemm with `a_step` 16 and even k; row k of b holds [16·blocks][2] for the channels k and k + 1.
    void (*_Nonnull brgemm)(
        int32_t rows, int32_t blocks, const nn_segment *_Nonnull segments, int32_t count, const uint16_t *_Nonnull a,
        const uint16_t *_Nonnull b, float *_Nonnull tile);
    /// As nn_kernels.epilogue; `output` and `residual` of the epilogue point to bfloat16.
    void (*_Nonnull epilogue)(int32_t rows, int32_t blocks, const float *_Nonnull tile, const nn_epilogue *_Nonnull e);
    /// nn_kernels.epilogue with the coarse activations of this table.
    void (*_Nonnull epilogue_f32)(
        int32_t rows, int32_t blocks, const float *_Nonnull tile, const nn_epilogue *_Nonnull e);
    /// As nn_kernels.dwconv2d with rows of float32 and a bfloat16 result, whose sum is taken before rounding.
    void (*_Nonnull dwconv2d)(
        const nn_dwconv2d *_Nonnull d, int32_t block, const float *_Nonnull const *_Nonnull rows,
        uint16_t *_Nonnull output, float *_Nonnull sum);
    /// As nn_kernels.scale_rows, for pairs of rows.
    void (*_Nonnull scale_rows)(
        int64_t rows, int32_t blocks, const float *_Nonnull scale, const uint16_t *_Nonnull in,
        uint16_t *_Nonnull out);
    /// As nn_kernels.scale_lanes.
    void (*_Nonnull scale_lanes)(int64_t count, const float *_Nonnull scale, uint16_t *_Nonnull x);
    /// out[i] = in[i], i < 16·count.
    void (*_Nonnull widen)(int64_t count, const uint16_t *_Nonnull in, float *_Nonnull out);
    /// As nn_kernels.peak, with 32·peak_chains·rounds multiply-adds.
    float (*_Nonnull peak)(int64_t rounds);
    int32_t peak_chains;
} nn_bf16_kernels;

/// The table of a tier, or null where this CPU or the tier has no such instructions.
const nn_bf16_kernels *_Nullable nn_bf16_kernels_for_tier(nn_tier tier);

/// Rounds to the nearest, ties to even.
uint16_t nn_bf16_rounded(float x);

/// Packed float32 weights (nn_pack_convolution, 16 input lanes) as bfloat16 pairs of rows.
void nn_pack_bf16(
    int32_t in_blocks, int32_t taps, int32_t out_blocks, int32_t tile_blocks, const float *_Nonnull packed,
    uint16_t *_Nonnull out);
