#pragma once
// The first half of an MBConv block: a 1×1 convolution with SILU2 (the expansion), a depthwise convolution with SILU2,
// and the sums for squeeze and excitation.
//
// The expanded map, six times as large as the block's input, never exists as a whole: each thread computes a few
// channel blocks of it, a few rows at a time, into a ring of rows in its second-level cache, and filters them there.
#include "nn_convolution.h"

/// A 1×1 convolution with folded batch norm and SILU2 whose output the depthwise convolution reads.
typedef struct {
    int32_t in_blocks;                  // 0: none, the input is filtered as it is
    int32_t tile_blocks;                // width of a weight panel in blocks of 16 outputs
    int32_t pairs;                      // pairs of input blocks for brgemm_paired, 0 for none
    int64_t in_block;                   // elements between two channel blocks of the input
    const int32_t *_Nullable in_used;   // [in_blocks]: channels in use in each block
    const void *_Nullable weights;      // packed by nn_pack_convolution (and nn_pack_bf16)
    const float *_Nullable bias;        // [filter.blocks * 16]
} nn_expansion;

typedef struct {
    const nn_bf16_kernels *_Nullable bf16;  // needed where the type is bfloat16
    nn_type type;                       // of input, output and weights; the ring has floats or pairs
    nn_expansion expand;
    nn_dwconv2d filter;
} nn_depthwise;

/// Bytes of scratch memory that one thread needs.
size_t nn_depthwise_scratch(const nn_depthwise *_Nonnull d);

/// Bytes of scratch memory that all threads share, after the pieces of each.
size_t nn_depthwise_shared_scratch(const nn_depthwise *_Nonnull d);

/// Number of row strips into which maps are cut for so many threads.
int32_t nn_depthwise_strips(const nn_depthwise *_Nonnull d, int32_t threads);

/// Runs both layers on all threads.
///
/// - sums: [strips][blocks * 16] receives the sums of the outputs; the squeeze step adds the strips.
/// - scratch: `threads` pieces of scratch_stride bytes, each ≥ nn_depthwise_scratch, aligned to 64 bytes.
void nn_depthwise_run(
    const nn_kernels *_Nonnull kernels, nn_pool *_Nonnull pool, const nn_depthwise *_Nonnull d,
    const void *_Nonnull input, void *_Nonnull output, float *_Nonnull sums, void *_Nonnull scratch,
    size_t scratch_stride);

/// Squeeze and excitation from the strip sums to one factor for each lane.
typedef struct {
    int32_t channels;                   // lanes, a multiple of 16
    int32_t squeezed;
    const float *_Nonnull reduce;       // [squeezed][channels]
    const float *_Nonnull reduce_bias;  // [squeezed]
    const float *_Nonnull expand;       // [channels / 16][squeezed][16]
    const float *_Nonnull expand_bias;  // [channels]
    float factor;                       // by which every result is multiplied
} nn_squeeze;
/// - mean: scratch [channels]; hidden: scratch [squeezed]; factors: [channels] receives the result.
void nn_squeeze_run(
    const nn_kernels *_Nonnull kernels, nn_pool *_Nonnull pool, const nn_squeeze *_Nonnull s, int32_t strips,
    const float *_Nonnull sums, float area, float *_Nonnull mean, float *_Nonnull hidden, float *_Nonnull factors);
