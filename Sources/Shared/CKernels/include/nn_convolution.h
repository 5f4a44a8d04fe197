#pragma once
// Convolutions as batch-reduced products: every kernel tap of every block of 16 input channels is one summand, so the
// same two kernels (brgemm, epilogue) serve 1×1, k×k, k×k×k, strided and transposed convolutions.
#include "nn_bf16.h"
#include "nn_kernels.h"
#include "nn_pool.h"

/// The type of activations and of the weights that multiply them; sums are always float32.
typedef enum { NN_F32 = 0, NN_BF16 = 1 } nn_type;

/// One convolution with folded batch norm. Strides are in elements. Taps outside the input are clipped along z and y;
/// along x they read the zero columns that border every row, so the input needs at least padding_x of them.
typedef struct {
    const nn_bf16_kernels *_Nullable bf16;  // needed where a type is bfloat16
    nn_type in_type, out_type;          // of input and weights; of output and residual
    int32_t in_blocks;                  // blocks of in_lanes channels
    int32_t in_lanes;                   // 16 (blocked) or 1 (planar: one channel a block)
    const int32_t *_Nonnull in_used;    // [in_blocks]: channels in use in each block, ≤ in_lanes
    int64_t in_block, in_plane, in_row;
    int32_t in_column;
    int32_t in_depth, in_height;
    int32_t kernel_z, kernel_y, kernel_x, stride, padding_z, padding_y, padding_x;
    int32_t out_blocks, out_depth, out_height, out_width;
    int64_t out_block, out_plane, out_row, out_column;
    int32_t tile_blocks;                // width of a weight panel in blocks of 16 outputs; the last may be narrower
    int32_t pairs;                      // pairs of blocks for brgemm_paired, 0 for none; only 1×1, float32, one row
    const void *_Nonnull weights;       // packed by nn_pack_convolution (and nn_pack_bf16)
    const float *_Nonnull bias;         // [out_blocks * 16]
    nn_activation first, second;
} nn_convolution;

/// Number of floats of the packed weights.
int64_t nn_packed_count(int32_t in_blocks, int32_t in_lanes, int32_t taps, int32_t out_blocks);

/// Packs PyTorch weights into panels [panel][in block][tap][in lane][16·blocks], multiplied by scale[out channel].
///
/// - out_channels: [out_blocks * 16], in_channels: [in_blocks * in_lanes]: the logical channel of each lane, -1 for none.
/// - source: element (out, in, tap) at out·out_stride + in·in_stride + tap·tap_stride.
void nn_pack_convolution(
    int32_t in_blocks, int32_t in_lanes, int32_t taps, int32_t out_blocks, int32_t tile_blocks,
    const int32_t *_Nonnull out_channels, const int32_t *_Nonnull in_channels, const float *_Nonnull source,
    int64_t out_stride, int64_t in_stride, int64_t tap_stride, const float *_Nonnull scale, float *_Nonnull packed);

/// Orders the weights of a 1×1 convolution (packed, 16 input lanes) for brgemm_paired: the first 2·pairs input blocks.
///
/// - sums: [out_blocks * 16] receives what the pairs add to every output beside its products, to be taken off its bias.
void nn_pack_pairs(
    int32_t in_blocks, int32_t pairs, int32_t out_blocks, int32_t tile_blocks, float *_Nonnull packed,
    float *_Nonnull sums);

/// The width of a weight panel that suits this number of output blocks.
int32_t nn_tile_blocks(const nn_kernels *_Nonnull kernels, int32_t out_blocks);

/// Bytes of scratch memory that all threads share, after the pieces of each.
size_t nn_convolution_shared_scratch(const nn_convolution *_Nonnull c);
/// Bytes of scratch memory that one thread needs.
size_t nn_convolution_scratch(const nn_convolution *_Nonnull c, bool scaled);

/// Runs a convolution on all threads of the pool.
///
/// - input, output, residual: at element (0, 0, 0) of channel block 0.
/// - scratch: `threads` pieces of scratch_stride bytes, each ≥ nn_convolution_scratch, aligned to 64 bytes.
void nn_convolution_run(
    const nn_kernels *_Nonnull kernels, nn_pool *_Nonnull pool, const nn_convolution *_Nonnull c,
    const void *_Nonnull input, void *_Nonnull output, const void *_Nullable residual, void *_Nonnull scratch,
    size_t scratch_stride);

/// The same for a 1×1 convolution of an input without borders whose lanes are multiplied by scale[in_blocks * 16] first
/// (squeeze and excitation). The input may be overwritten.
void nn_convolution_run_scaled(
    const nn_kernels *_Nonnull kernels, nn_pool *_Nonnull pool, const nn_convolution *_Nonnull c,
    void *_Nonnull input, void *_Nonnull output, const void *_Nullable residual, const float *_Nonnull scale,
    void *_Nonnull scratch, size_t scratch_stride);

/// Copies a planar image into rows that are `border_left` zeros, `width` values, zeros up to `out_row`.
void nn_import_planar(
    int64_t rows, int64_t width, int64_t border_left, int64_t out_row, const float *_Nonnull in, float *_Nonnull out);
/// Writes zeros into the columns left and right of every row of a blocked activation (`data` at its first column).
void nn_zero_borders(
    int64_t rows, int64_t border, int64_t width, int64_t row_stride, float *_Nonnull data);
/// Copies a blocked activation into a planar one, [channels][count], times a factor, and takes the mean of every channel.
void nn_export_features(
    int32_t channels, int64_t count, int64_t block_stride, float factor, const float *_Nonnull in,
    float *_Nonnull out, float *_Nonnull means);
