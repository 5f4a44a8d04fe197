#pragma once
// Where the weights of paired blocks stand, and the pass over the input that pairs need first.
#include "nn_convolution.h"

/// Among the 32 rows of weights of a pair: the row of a lane of its first (half 0) or second block, in the order in which
/// the kernel reads them: two paired lanes and one lane of either block, five times, then the last lane of either block.
static inline int32_t nn_paired_row(int32_t half, int32_t lane) {
    if (lane < NN_PAIRED_LANES) return 6 * (lane / 2) + 3 * (lane % 2) + half;
    return lane < 15 ? 6 * (lane - NN_PAIRED_LANES) + 2 + 3 * half : 30 + half;
}

static inline nn_pairs nn_pairs_of(int32_t pairs, int32_t in_blocks, const int32_t *used, int64_t block) {
    return (nn_pairs){pairs, in_blocks - 2 * pairs, used + 2 * pairs, block};
}

/// nn_kernels.start_pairs on all threads.
void nn_start_pairs(
    const nn_kernels *kernels, nn_pool *pool, const nn_pairs *p, int64_t positions, const float *scale, float *input,
    float *start);
