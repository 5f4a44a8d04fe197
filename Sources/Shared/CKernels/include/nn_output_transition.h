#pragma once
// V-Net's output transition: a 5×5×5 convolution to few channels, ELU, and a 1×1×1 convolution to planar channels.
//
// A vector of 16 outputs would be nearly empty. So it holds the five z taps of all channels instead: planes are
// convolved in y and x with F(4, 5), once for every z tap, and the taps of neighbouring planes are summed afterwards.
#include "nn_kernels.h"
#include "nn_pool.h"

typedef struct {
    int32_t in_blocks;
    const int32_t *_Nonnull in_used;        // [in_blocks]: channels in use in each block
    int32_t depth, height, width;           // height and width multiples of 4
    int64_t in_block, in_plane, in_row;     // rows with at least two zero columns on either side
    int32_t channels;
    int32_t tile_blocks;                    // width of a weight panel: nn_tile_blocks of nn_output_transition_blocks
    const float *_Nonnull weights;          // packed by nn_output_transition_pack
    const float *_Nonnull bias;             // [channels rounded up to 16]
    const float *_Nonnull mix;              // [channels][channels]: the 1×1×1 convolution, output first
    const float *_Nonnull mix_bias;         // [channels]
} nn_output_transition;

/// Blocks of 16 lanes that the z taps of so many channels take.
int32_t nn_output_transition_blocks(int32_t channels);
/// Number of floats of the packed weights.
int64_t nn_output_transition_packed_count(int32_t in_blocks, int32_t channels);

/// Transforms PyTorch weights [channels][source_inputs][5][5][5], multiplied by scale[channel].
///
/// - in_channels: [in_blocks * 16]: the logical channel of each lane, -1 for none.
void nn_output_transition_pack(
    nn_pool *_Nonnull pool, int32_t in_blocks, int32_t channels, int32_t tile_blocks,
    const int32_t *_Nonnull in_channels, const float *_Nonnull source, int32_t source_inputs,
    const float *_Nonnull scale, float *_Nonnull packed);

/// Bytes of scratch memory for all threads together.
size_t nn_output_transition_scratch(const nn_output_transition *_Nonnull c, int32_t threads);

/// output[j] = mix_bias[j] + Σ_i mix[j][i] · ELU(conv(input)[i] + bias[i]), planar [channels][depth][height][width];
/// input at element (0, 0, 0) of channel block 0.
void nn_output_transition_run(
    const nn_kernels *_Nonnull kernels, nn_pool *_Nonnull pool, const nn_output_transition *_Nonnull c,
    const float *_Nonnull input, float *_Nonnull output, void *_Nonnull scratch);
