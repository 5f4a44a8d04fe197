#pragma once
// Products in bfloat16 with sums in float32, for CPUs with instructions for them. Activations between layers and weights
// are bfloat16 (uint16_t here), in the layouts of float32; two neighbouring channels make one summand. SILU2 is as coarse
// as bfloat16 allows.
#include "nn_kernels.h"

/// What a depthwise convolution reads: a lane at one column in the high half, at the column before in the low half.
typedef uint32_t nn_bf16_pair;

typedef struct nn_bf16_kernels {
    /// As nn_kernels.brgemm with `a_step` 16 and even k; row k of b holds [16·blocks][2] for the channels k and k + 1.
    void (*_Nonnull brgemm)(
        int32_t rows, int32_t blocks, const nn_segment *_Nonnull segments, int32_t count, const uint16_t *_Nonnull a,
        const uint16_t *_Nonnull b, float *_Nonnull tile);
    /// As nn_kernels.epilogue; `output` and `residual` of the epilogue point to bfloat16.
    void (*_Nonnull epilogue)(int32_t rows, int32_t blocks, const float *_Nonnull tile, const nn_epilogue *_Nonnull e);
    /// As nn_kernels.epilogue with SILU2 and no residual; `output` points to nn_bf16_pair, follows a column whose high
    /// halves are valid, and has a column stride of 16.
    void (*_Nonnull epilogue_pairs)(
        int32_t rows, int32_t blocks, const float *_Nonnull tile, const nn_epilogue *_Nonnull e);
    /// As nn_kernels.dwconv2d with rows of pairs, of which those from the second column on are read, and a bfloat16
    /// result, whose sum is taken before rounding. Two taps are one summand.
    void (*_Nonnull dwconv2d)(
        const nn_dwconv2d *_Nonnull d, int32_t block, const nn_bf16_pair *_Nonnull const *_Nonnull rows,
        uint16_t *_Nonnull output, float *_Nonnull sum);
    /// As nn_kernels.scale_rows, for pairs of rows.
    void (*_Nonnull scale_rows)(
        int64_t rows, int32_t blocks, const float *_Nonnull scale, const uint16_t *_Nonnull in,
        uint16_t *_Nonnull out);
    /// As nn_kernels.scale_lanes.
    void (*_Nonnull scale_lanes)(int64_t count, const float *_Nonnull scale, uint16_t *_Nonnull x);
    /// Pairs of `count` columns; follows a column whose high halves are valid.
    void (*_Nonnull pair_columns)(int64_t count, const uint16_t *_Nonnull in, nn_bf16_pair *_Nonnull out);
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

/// Depthwise weights [blocks][kernel][kernel][16] as [blocks][kernel][(kernel + 1) / 2][16] pairs of neighbouring taps;
/// the last tap of a row stands alone in the high half.
void nn_pack_bf16_dwconv(
    int32_t kernel, int32_t blocks, const float *_Nonnull weights, nn_bf16_pair *_Nonnull out);
