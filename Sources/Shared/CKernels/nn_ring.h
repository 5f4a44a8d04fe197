#pragma once
// The ring of rows between an expansion and its depthwise convolution (nn_depthwise.c): one for each thread, filled by
// nn_ring.c.
#include "nn_depthwise.h"
#include "nn_pairs.h"
#include "nn_tasks.h"

/// Rows of a chunk of blocks, [block][row][vector][16], with zeros left and right; row y stands at y % rows. A vector is
/// a column of floats, or a pair of columns of bfloat16.
typedef struct {
    int32_t rows;
    int32_t left, vectors;      // vectors before the map, and of a whole row
    int64_t row, block;         // strides in elements, which have 4 bytes in both types
} nn_ring_shape;

typedef struct {
    nn_segment *segments;
    float *tiles[2];            // the second for bfloat16, where one is activated beside the products of the other
    float *zeros;               // a row outside the map
    float *ring;
} nn_depthwise_scratch_parts;

typedef struct {
    const nn_kernels *kernels;
    const nn_depthwise *d;
    const void *input;
    void *output;
    float *sums;
    nn_pairs pairs;
    const float *start;         // of the expansion at every position, where there are pairs
    char *scratch;
    size_t scratch_stride;
    nn_task_grid grid;          // its panels are the chunks
    int32_t threads;
} nn_depthwise_job;

/// One task: its blocks and where it keeps its input rows.
typedef struct {
    const nn_depthwise_job *job;
    int32_t first_block, blocks;
    nn_ring_shape shape;
    nn_depthwise_scratch_parts scratch;
    nn_fetch fetch;             // the weights of the chunk that this thread probably gets next
} nn_depthwise_task;

static inline int32_t nn_min(int32_t a, int32_t b) { return a < b ? a : b; }
static inline int32_t nn_max(int32_t a, int32_t b) { return a > b ? a : b; }

static inline bool nn_expands(const nn_depthwise *d) { return d->expand.in_blocks > 0; }
static inline int32_t nn_chunk_blocks(const nn_depthwise *d) { return nn_expands(d) ? d->expand.tile_blocks : 1; }
static inline int64_t nn_depthwise_positions(const nn_depthwise *d) {
    return (int64_t)d->filter.in_height * d->filter.in_width;
}

nn_ring_shape nn_ring_for(const nn_depthwise *d);

static inline float *nn_ring_row(const nn_depthwise_task *t, int32_t block, int32_t y) {
    return t->scratch.ring + block * t->shape.block + y % t->shape.rows * t->shape.row;
}

/// Once a layer: zeros for what lies outside the map, which are a row, and the vectors left and right of every row.
void nn_ring_clear(const nn_depthwise *d, const nn_depthwise_scratch_parts *s);

/// Once a task: the products of its blocks.
void nn_ring_open(nn_depthwise_task *t);

/// Input rows [row, end) of every block of the task, expanded if need be.
void nn_ring_fill(nn_depthwise_task *t, int32_t row, int32_t end);
