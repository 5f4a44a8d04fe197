#pragma once
// The kernel table: one set of function pointers for each CPU tier, chosen once at start.
//
// Name grammar: nn_<type>_<operation>[_<tile>]__<tier>. The scalar tier (scalar/) is the definition of every operation;
// the others are one source (templates/) compiled once a tier with 16-lane vectors, which the compiler maps to one
// AVX-512, two AVX or four SSE/NEON registers.
//
// Layout of activations: blocks of 16 channels, [C/16][D][H][W][16] ("nChw16c"); channels are padded with zeros to 16.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NN_LANES = 16, NN_MAX_TILE_ROWS = 14, NN_MAX_TILE_BLOCKS = 3, NN_MAX_DWCONV = 5, NN_PAIRED_LANES = 10 };

typedef enum { NN_TIER_SCALAR = 0, NN_TIER_PORTABLE = 1, NN_TIER_AVX2 = 2, NN_TIER_AVX512 = 3 } nn_tier;

/// SILU2 is t / (1 + 2^t): for t = -x·log₂e that is -log₂e · SiLU(x). Layers before it have their weights and biases
/// multiplied by -log₂e, those after it divided, and the exponential needs no product of its own.
typedef enum { NN_ACTIVATION_NONE = 0, NN_ACTIVATION_SILU2 = 1, NN_ACTIVATION_ELU = 2 } nn_activation;

/// One summand of a batch-reduced product: `k` columns of A starting at element `a`, `k` rows of B at element `b`.
typedef struct {
    int32_t a;
    uint32_t b;
    uint32_t k;
} nn_segment;

/// The input of a 1×1 convolution whose products go in pairs (S. Winograd, "A New Algorithm for Inner Product", IEEE
/// Trans. Computers C-17, 1968): x₁·w₁ + x₂·w₂ = (x₁ + w₂)·(x₂ + w₁) - x₁·x₂ - w₁·w₂. The last two products serve a whole
/// row and a whole column of the result, so that two summands take one multiplication and two additions. CPUs whose
/// adders work beside their multipliers do both in the same time.
///
/// Two blocks of 16 channels make a pair: their lanes below NN_PAIRED_LANES go together, the others as usual, so that
/// adders and multipliers have equally much to do.
typedef struct {
    int32_t pairs;                      // the first 2·pairs blocks, all lanes of which are in use
    int32_t rest;                       // blocks after them, whose products are summed as usual
    const int32_t *_Nonnull used;       // [rest]: channels in use in each of those
    int64_t block;                      // floats between two blocks of the input
} nn_pairs;

/// What follows the product while its tile is still in the first-level cache:
/// `y = first(tile + bias)`, and with a residual `y = second(y + residual)`.
typedef struct {
    const float *_Nonnull bias;         // [blocks * 16]
    const void *_Nullable residual;     // of the output's type and with its strides
    void *_Nonnull output;
    int64_t block_stride;               // elements between two channel blocks of output and residual
    int64_t column_stride;              // elements between two rows of the tile in output and residual
    nn_activation first, second;
} nn_epilogue;

/// One depthwise 2-D convolution on a blocked activation.
typedef struct {
    int32_t kernel, stride;             // 3 or 5; 1 or 2; square
    int32_t padding_top, padding_left;
    int32_t in_height, in_width, out_height, out_width;
    int32_t blocks;                     // channel blocks
    const void *_Nonnull weights;       // [blocks][kernel * kernel][16] floats, batch norm folded; nn_pack_bf16_dwconv
    const float *_Nonnull bias;         // [blocks * 16]
} nn_dwconv2d;

typedef struct {
    nn_tier tier;
    const char *_Nonnull name;
    int32_t max_tile_blocks;                            // widest tile, in blocks of 16 outputs
    int32_t max_tile_rows[NN_MAX_TILE_BLOCKS + 1];      // highest tile for each width

    /// tile[r][n] = Σ_segments Σ_{i<k} a[segment.a + r·a_step + i] · b[segment.b + i·16·blocks + n], n < 16·blocks.
    /// `rows` ≤ max_tile_rows[blocks]; `a_step` one of 1, 2, 16, 32; b and tile aligned to 64 bytes.
    void (*_Nonnull brgemm)(
        int32_t rows, int32_t blocks, const nn_segment *_Nonnull segments, int32_t count, const float *_Nonnull a,
        int32_t a_step, const float *_Nonnull b, float *_Nonnull tile);
    /// As brgemm for one tap, `a_step` 16 and weights packed by nn_pack_pairs: tile[r][n] = start[r] + Σ_i x[r][i]·w[i][n]
    /// + Σ_pairs ±(x₁·x₂ + w₁·w₂), with the sign + for even lanes, - for odd ones: x₂ ± w₁ times x₁ ± w₂, and the
    /// sums over x₁·x₂ stay small. `rows` ≤ max_paired_rows[blocks]. Null, like the next, where it is not worth it.
    void (*_Nullable brgemm_paired)(
        int32_t rows, int32_t blocks, const nn_pairs *_Nonnull p, const float *_Nonnull a, const float *_Nonnull b,
        const float *_Nonnull start, float *_Nonnull tile);
    /// start[r] = -Σ_pairs ±x₁·x₂ for a row of positions, whose lanes are multiplied by scale[16·blocks] before, if there
    /// is one.
    void (*_Nullable start_pairs)(
        int64_t positions, const nn_pairs *_Nonnull p, const float *_Nullable scale, float *_Nonnull a,
        float *_Nonnull start);
    int32_t max_paired_rows[NN_MAX_TILE_BLOCKS + 1];
    /// Applies an epilogue to tile[rows][16·blocks] and stores the result.
    void (*_Nonnull epilogue)(int32_t rows, int32_t blocks, const float *_Nonnull tile, const nn_epilogue *_Nonnull e);
    /// One output row of a channel block with bias and SILU2; adds every output to sum[16] (the squeeze step).
    /// rows[i]: the row under tap row i, at the first tap of the first output; (out_width - 1)·stride + kernel columns.
    void (*_Nonnull dwconv2d)(
        const nn_dwconv2d *_Nonnull d, int32_t block, const float *_Nonnull const *_Nonnull rows,
        float *_Nonnull output, float *_Nonnull sum);
    /// y[j] = Σ_i x[i] · w[j][i] for a row-major w[outputs][inputs], inputs a multiple of 16.
    void (*_Nonnull gemv)(
        int32_t outputs, int32_t inputs, const float *_Nonnull w, const float *_Nonnull x, float *_Nonnull y);
    /// y[i] = Σ_j x[j] · w[j][i] + bias[i] for a row-major w[inputs][outputs], outputs a multiple of 16.
    void (*_Nonnull gemv_transposed)(
        int32_t outputs, int32_t inputs, const float *_Nonnull w, const float *_Nonnull x, const float *_Nonnull bias,
        float *_Nonnull y);
    /// x[i] = x[i] · sigmoid(x[i]) or sigmoid(x[i]); any count.
    void (*_Nonnull silu)(int64_t count, float *_Nonnull x);
    void (*_Nonnull sigmoid)(int64_t count, float *_Nonnull x);
    /// Scales row k of a packed weight panel: out[s][k][n] = scale[16·s + k] · in[s][k][n], n < 16·blocks.
    void (*_Nonnull scale_rows)(
        int64_t rows, int32_t blocks, const float *_Nonnull scale, const float *_Nonnull in, float *_Nonnull out);
    /// x[i][lane] = scale[lane] · x[i][lane] at `count` positions of a channel block.
    void (*_Nonnull scale_lanes)(int64_t count, const float *_Nonnull scale, float *_Nonnull x);
    /// Bᵀ of F(tile, 5), tile 2 or 4, on 16 lanes (nn_winograd_matrices.h): for every i < count
    /// out[i·out_step + p·point_stride] = Σ_j Bᵀ[p][j] · taps[j][i·tap_step], p and j < tile + 4.
    void (*_Nonnull winograd_forward)(
        int32_t tile, int32_t count, const float *_Nonnull const *_Nonnull taps, int64_t tap_step,
        float *_Nonnull out, int64_t point_stride, int64_t out_step);
    /// Aᵀ of F(tile, 5): out[i·out_step + r·row_stride] = Σ_p Aᵀ[r][p] · in[i·in_step + p·point_stride], r < tile.
    void (*_Nonnull winograd_inverse)(
        int32_t tile, int32_t count, const float *_Nonnull in, int64_t point_stride, int64_t in_step,
        float *_Nonnull out, int64_t row_stride, int64_t out_step);
    /// out[i] = Σ_{t<taps} from[t][i], i < 16·count; from need not be aligned.
    void (*_Nonnull sum_taps)(
        int32_t count, int32_t taps, const float *_Nonnull const *_Nonnull from, float *_Nonnull out);
    /// Runs 16·peak_chains·rounds multiply-adds in registers: the most that this tier can do, to compare with.
    float (*_Nonnull peak)(int64_t rounds);
    int32_t peak_chains;
} nn_kernels;

/// The best tier that this CPU can run.
nn_tier nn_best_tier(void);
/// Whether this CPU adds beside its multiplications, so that brgemm_paired is faster than brgemm.
bool nn_adds_beside_products(void);
/// The table of a tier, or null where this CPU or this build cannot run it.
const nn_kernels *_Nullable nn_kernels_for_tier(nn_tier tier);
