#pragma once
// Products in bfloat16 with sums in float32, for CPUs with instructions for them. Activations between layers and weights
// are bfloat16 (uint16_t here), in the layouts of float32; two neighbouring channels make one summand. SILU2 is as coarse
// as bfloat16 allows.
#include "nn_kernels.h"

/// What a depthwise convolution reads: a lane at an even column of a row in the low half, at the next in the high half.
typedef uint32_t nn_bf16_pair;

enum {
    NN_EXPAND_ROWS = 6,         // highest tile of `expand`
    NN_MAX_DWCONV_ROWS = 8,     // most output rows of `dwconv2d`
};

/// Sums on their way into rows of pairs: tile[blocks][pairs][2][16] has neighbouring columns of a row.
typedef struct {
    int32_t pairs, blocks;
    const float *_Nonnull tile;
    nn_bf16_pair *_Nullable output;     // of the first pair and block; null where there are no pairs
    int64_t block_stride;               // elements between two channel blocks of the output
} nn_bf16_columns;

typedef struct nn_bf16_kernels {
    /// As nn_kernels.brgemm with `a_step` 16 and even k; row k of b holds [16·blocks][2] for the channels k and k + 1.
    void (*_Nonnull brgemm)(
        int32_t rows, int32_t blocks, const nn_segment *_Nonnull segments, int32_t count, const uint16_t *_Nonnull a,
        const uint16_t *_Nonnull b, float *_Nonnull tile);
    /// As brgemm and then an epilogue without activations: the sums never leave the registers.
    void (*_Nonnull project)(
        int32_t rows, int32_t blocks, const nn_segment *_Nonnull segments, int32_t count, const uint16_t *_Nonnull a,
        const uint16_t *_Nonnull b, const nn_epilogue *_Nonnull e);
    /// As nn_kernels.epilogue; `output` and `residual` of the epilogue point to bfloat16.
    void (*_Nonnull epilogue)(int32_t rows, int32_t blocks, const float *_Nonnull tile, const nn_epilogue *_Nonnull e);
    /// As brgemm with the bias of every output, `rows` ≤ NN_EXPAND_ROWS, into tile[blocks][rows][16], with room for an
    /// even number of rows; and, beside the products, activate_pairs of the tile before.
    void (*_Nonnull expand)(
        int32_t rows, int32_t blocks, const nn_segment *_Nonnull segments, int32_t count, const uint16_t *_Nonnull a,
        const uint16_t *_Nonnull b, const float *_Nonnull bias, float *_Nonnull tile,
        const nn_bf16_columns *_Nonnull before);
    /// SILU2 of two columns of sums each, as pairs.
    void (*_Nonnull activate_pairs)(const nn_bf16_columns *_Nonnull columns);
    /// As nn_kernels.dwconv2d, `count` output rows, from rows of pairs and with a bfloat16 result, whose sum is taken
    /// before rounding. rows[y·stride + i]: the row under tap row i of output row y, at the pair with the first tap of
    /// the first output, which is its second column where padding_left is odd. Two taps are one summand.
    void (*_Nonnull dwconv2d)(
        const nn_dwconv2d *_Nonnull d, int32_t block, int32_t count, const nn_bf16_pair *_Nonnull const *_Nonnull rows,
        uint16_t *_Nonnull output, float *_Nonnull sum);
    /// As nn_kernels.scale_rows, for pairs of rows.
    void (*_Nonnull scale_rows)(
        int64_t rows, int32_t blocks, const float *_Nonnull scale, const uint16_t *_Nonnull in,
        uint16_t *_Nonnull out);
    /// As nn_kernels.scale_lanes.
    void (*_Nonnull scale_lanes)(int64_t count, const float *_Nonnull scale, uint16_t *_Nonnull x);
    /// Pairs of `count` columns; the last one of an odd number is paired with zero.
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

/// Depthwise weights [blocks][kernel][kernel][16] as [blocks][2][kernel][(kernel + 1) / 2][16] pairs of neighbouring
/// taps: first for outputs that begin at the first column of a pair (the last tap stands beside zero), then for those
/// that begin at the second one (zero stands before the first tap).
void nn_pack_bf16_dwconv(
    int32_t kernel, int32_t blocks, const float *_Nonnull weights, nn_bf16_pair *_Nonnull out);
