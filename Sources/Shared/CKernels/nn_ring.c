// Fills the ring of rows that a depthwise convolution reads, with the layer's input or its expansion.
#include "nn_ring.h"

#include <string.h>

enum { RING_BYTES = 320 << 10 };  // a third of a second-level cache of 1 MiB: the rest is for weights and the input

/// Columns of a vector.
static int32_t columns_of(const nn_depthwise *d) { return d->type == NN_BF16 ? 2 : 1; }

/// Vectors of a row of the map.
static int32_t map_vectors(const nn_depthwise *d) {
    return (d->filter.in_width + columns_of(d) - 1) / columns_of(d);
}

nn_ring_shape nn_ring_for(const nn_depthwise *d) {
    const nn_dwconv2d *f = &d->filter;
    const int32_t columns = columns_of(d);
    const int32_t left = (f->padding_left + columns - 1) / columns;
    const int32_t last = left * columns - f->padding_left + (f->out_width - 1) * f->stride;  // where its taps begin
    const int32_t reach = last / columns + (f->kernel + columns - 1) / columns;
    const int32_t vectors = nn_max(left + map_vectors(d), reach);
    const int32_t useful = (f->out_height - 1) * f->stride + f->kernel;
    const int32_t fitting = RING_BYTES / (nn_chunk_blocks(d) * vectors * NN_LANES * (int32_t)sizeof(float));
    const int32_t rows = nn_max(f->kernel, nn_min(useful, fitting));
    return (nn_ring_shape){rows, left, vectors, (int64_t)vectors * NN_LANES, (int64_t)rows * vectors * NN_LANES};
}

static float *map_row(const nn_depthwise_task *t, int32_t block, int32_t y) {
    return nn_ring_row(t, block, y) + t->shape.left * NN_LANES;
}

void nn_ring_clear(const nn_depthwise *d, const nn_depthwise_scratch_parts *s) {
    const nn_ring_shape shape = nn_ring_for(d);
    const int32_t right = shape.left + map_vectors(d);
    memset(s->zeros, 0, sizeof(float) * (size_t)shape.row);
    for (int32_t row = 0; row < nn_chunk_blocks(d) * shape.rows; row++) {
        float *at = s->ring + row * shape.row;
        memset(at, 0, sizeof(float) * (size_t)(shape.left * NN_LANES));
        memset(at + right * NN_LANES, 0, sizeof(float) * (size_t)((shape.vectors - right) * NN_LANES));
    }
}

static void list_segments(const nn_depthwise_task *t) {
    const nn_expansion *c = &t->job->d->expand;
    for (int32_t b = 0; b < c->in_blocks; b++) {
        // bfloat16 channels go in pairs; an unused one has zero weights and a zero lane.
        const int32_t used = t->job->d->type == NN_BF16 ? (c->in_used[b] + 1) / 2 * 2 : c->in_used[b];
        t->scratch.segments[b] = (nn_segment){
            (int32_t)(b * c->in_block), (uint32_t)(b * NN_LANES * t->blocks * NN_LANES), (uint32_t)used};
    }
}

static int64_t panel_offset(const nn_depthwise *d, int32_t first_block) {
    return (int64_t)d->expand.in_blocks * NN_LANES * first_block * NN_LANES;
}

static int32_t tile_rows(const nn_depthwise_task *t) {
    const nn_kernels *kernels = t->job->kernels;
    if (t->job->d->type == NN_BF16) return NN_EXPAND_ROWS;
    return (t->job->d->expand.pairs ? kernels->max_paired_rows : kernels->max_tile_rows)[t->blocks];
}

/// The weights of the chunk after those that the other threads are at.
static nn_fetch next_weights(const nn_depthwise_task *t) {
    const nn_depthwise *d = t->job->d;
    const int32_t first = nn_min(t->first_block + t->job->threads * nn_chunk_blocks(d), d->filter.blocks);
    const int64_t from = panel_offset(d, first);
    const int64_t count = panel_offset(d, nn_min(first + nn_chunk_blocks(d), d->filter.blocks)) - from;
    return nn_fetch_of(nn_at(d->expand.weights, d->type, from), count * nn_size_of(d->type),
        nn_depthwise_positions(d) / tile_rows(t));
}

void nn_ring_open(nn_depthwise_task *t) {
    if (!nn_expands(t->job->d)) return;
    list_segments(t);
    t->fetch = next_weights(t);
}

static void copy_rows(const nn_depthwise_task *t, int32_t row, int32_t row_end) {
    const nn_depthwise *d = t->job->d;
    const int64_t width = d->filter.in_width;
    for (int32_t b = 0; b < t->blocks; b++) {
        for (int32_t y = row; y < row_end; y++) {
            const void *from = nn_at(t->job->input, d->type,
                ((t->first_block + b) * (int64_t)d->filter.in_height + y) * width * NN_LANES);
            float *to = map_row(t, b, y);
            if (d->type == NN_BF16) d->bf16->pair_columns(width, from, (nn_bf16_pair *)(void *)to);
            else memcpy(to, from, sizeof(float) * (size_t)(width * NN_LANES));
        }
    }
}

/// Bias and activation of a tile of positions, row by row, and its way into the ring.
static void finish_tile(const nn_depthwise_task *t, int32_t position, int32_t end) {
    const int32_t width = t->job->d->filter.in_width;
    const float *tile = t->scratch.tiles[0];
    while (position < end) {
        const int32_t y = position / width, x = position % width;
        const int32_t count = nn_min(end - position, width - x);
        const nn_epilogue e = {
            .bias = t->job->d->expand.bias + t->first_block * NN_LANES,
            .output = map_row(t, 0, y) + x * NN_LANES,
            .block_stride = t->shape.block,
            .column_stride = NN_LANES,
            .first = NN_ACTIVATION_SILU2,
        };
        t->job->kernels->epilogue(count, t->blocks, tile, &e);
        tile += count * t->blocks * NN_LANES;
        position += count;
    }
}

/// Expands rows into the ring, in tiles of equal height (to one) that may go over the end of a row.
static void expand_rows(nn_depthwise_task *t, int32_t row, int32_t row_end) {
    const nn_kernels *kernels = t->job->kernels;
    const nn_depthwise *d = t->job->d;
    const float *weights = (const float *)d->expand.weights + panel_offset(d, t->first_block);
    const int32_t first = row * d->filter.in_width, count = (row_end - row) * d->filter.in_width;
    const int32_t tiles = (count + tile_rows(t) - 1) / tile_rows(t);
    for (int32_t i = 0; i < tiles; i++) {
        const int32_t at = first + nn_part_start(count, i, tiles);
        const int32_t end = first + nn_part_start(count, i + 1, tiles);
        const float *input = (const float *)t->job->input + (int64_t)at * NN_LANES;
        if (d->expand.pairs)
            kernels->brgemm_paired(end - at, t->blocks, &t->job->pairs, input, weights, t->job->start + at,
                t->scratch.tiles[0]);
        else
            kernels->brgemm(end - at, t->blocks, t->scratch.segments, d->expand.in_blocks, input, NN_LANES, weights,
                t->scratch.tiles[0]);
        finish_tile(t, at, end);
        nn_fetch_some(&t->fetch);
    }
}

/// Puts zero beside the last column of an odd number.
static void close_row(const nn_depthwise_task *t, int32_t y) {
    if (t->job->d->filter.in_width % 2 == 0) return;
    for (int32_t b = 0; b < t->blocks; b++) {
        nn_bf16_pair *last = (nn_bf16_pair *)(void *)(map_row(t, b, y) + (map_vectors(t->job->d) - 1) * NN_LANES);
        for (int32_t lane = 0; lane < NN_LANES; lane++) last[lane] &= 0xffff;
    }
}

/// The same in bfloat16: tiles of whole pairs, each of which is activated beside the products of the next.
static void expand_rows_bf16(nn_depthwise_task *t, int32_t row, int32_t row_end) {
    const nn_depthwise *d = t->job->d;
    const uint16_t *input = t->job->input;
    const uint16_t *weights = (const uint16_t *)d->expand.weights + panel_offset(d, t->first_block);
    const int32_t width = d->filter.in_width, pairs = map_vectors(d);
    const int32_t tiles = (2 * pairs + NN_EXPAND_ROWS - 1) / NN_EXPAND_ROWS;
    nn_bf16_columns before = {.tile = t->scratch.tiles[1]};
    for (int32_t y = row; y < row_end; y++) {
        for (int32_t i = 0, first = 0; i < tiles; i++) {
            const int32_t count = pairs / tiles + (i < pairs % tiles);
            float *tile = t->scratch.tiles[before.tile == t->scratch.tiles[0]];
            d->bf16->expand(nn_min(2 * count, width - 2 * first), t->blocks, t->scratch.segments, d->expand.in_blocks,
                input + ((int64_t)y * width + 2 * first) * NN_LANES, weights,
                d->expand.bias + t->first_block * NN_LANES, tile, &before);
            before = (nn_bf16_columns){count, t->blocks, tile,
                (nn_bf16_pair *)(void *)(map_row(t, 0, y) + first * NN_LANES), t->shape.block};
            first += count;
            nn_fetch_some(&t->fetch);
        }
    }
    d->bf16->activate_pairs(&before);
    for (int32_t y = row; y < row_end; y++) close_row(t, y);
}

void nn_ring_fill(nn_depthwise_task *t, int32_t row, int32_t end) {
    if (!nn_expands(t->job->d)) copy_rows(t, row, end);
    else if (t->job->d->type == NN_BF16) expand_rows_bf16(t, row, end);
    else expand_rows(t, row, end);
}
