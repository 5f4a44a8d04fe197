#pragma once
// Convolutions of 5×5×5 with padding 2 by Winograd's minimal filtering, F(2, 5) or F(4, 5) along each axis: 8 to 27
// products an output and input channel instead of 125. docs/engine.md describes the passes.
#include "nn_kernels.h"
#include "nn_pool.h"

/// One convolution with folded batch norm on blocked activations; output and residual are as large as the input.
/// Strides are in floats; nothing outside the map is read, and nothing outside it written.
typedef struct {
    int32_t in_blocks, out_blocks;
    const int32_t *_Nonnull in_used;    // [in_blocks]: channels in use in each block
    int32_t depth, height, width;
    int64_t in_block, in_plane, in_row;
    int64_t out_block, out_plane, out_row;
    int32_t tile_z, tile_y, tile_x;     // outputs of a tile, 2 or 4
    int32_t tile_blocks;                // width of a weight panel in blocks of 16 outputs; the last may be narrower
    const float *_Nonnull weights;      // packed by nn_winograd_pack
    const float *_Nonnull bias;         // [out_blocks * 16]
    nn_activation first, second;
} nn_winograd;

/// Number of floats of the packed weights.
int64_t nn_winograd_packed_count(
    int32_t in_blocks, int32_t out_blocks, int32_t tile_z, int32_t tile_y, int32_t tile_x);

/// Transforms PyTorch weights [out][in][5][5][5], multiplied by scale[out], in double precision on all threads:
/// packed [pz][py][px][panel][in lane][16·blocks].
///
/// - out_channels: [out_blocks * 16], in_channels: [in_blocks * 16]: the logical channel of each lane, -1 for none.
void nn_winograd_pack(
    nn_pool *_Nonnull pool, int32_t in_blocks, int32_t out_blocks, int32_t tile_z, int32_t tile_y, int32_t tile_x,
    int32_t tile_blocks, const int32_t *_Nonnull out_channels, const int32_t *_Nonnull in_channels,
    const float *_Nonnull source, int32_t source_inputs, const float *_Nonnull scale, float *_Nonnull packed);

/// Bytes of scratch memory for all threads together.
size_t nn_winograd_scratch(const nn_winograd *_Nonnull c, int32_t threads);

/// Runs a convolution on all threads of the pool: `y = first(conv(x) + bias)`, with a residual
/// `y = second(y + residual)`. Input, output and residual at element (0, 0, 0) of channel block 0; residual with the
/// strides of the output.
void nn_winograd_run(
    const nn_kernels *_Nonnull kernels, nn_pool *_Nonnull pool, const nn_winograd *_Nonnull c,
    const float *_Nonnull input, float *_Nonnull output, const float *_Nullable residual, void *_Nonnull scratch);
