// Expansion and depthwise convolution through a ring of rows: one task is a chunk of channel blocks on a strip of rows.
#include "nn_depthwise.h"

#include <assert.h>
#include <string.h>

#include "nn_pairs.h"
#include "nn_tasks.h"

enum {
    RING_BYTES = 320 << 10,  // a third of a second-level cache of 1 MiB: the rest is for weights and the block's input
    MIN_STRIP_ROWS = 4,
};

/// Rows of a chunk of blocks, [block][row][column][16] floats or pairs of bfloat16, with zeros left and right; row y
/// stands at y % rows.
typedef struct {
    int32_t rows, columns;
    int64_t row, block;         // strides in elements, which have 4 bytes in both types
} ring_shape;

typedef struct {
    nn_segment *segments;
    float *tile;
    float *zeros;               // a row outside the map
    float *ring;
} depthwise_scratch;

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
} depthwise_job;

/// One task: its blocks, the output rows to compute and where it keeps its input rows.
typedef struct {
    const depthwise_job *job;
    int32_t first_block, blocks;
    ring_shape shape;
    depthwise_scratch scratch;
    nn_fetch fetch;             // the weights of the chunk that this thread probably gets next
} depthwise_task;

static int32_t min_i32(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t max_i32(int32_t a, int32_t b) { return a > b ? a : b; }
static size_t align64(size_t n) { return (n + 63) / 64 * 64; }

static bool expands(const nn_depthwise *d) { return d->expand.in_blocks > 0; }
static int32_t chunk_blocks(const nn_depthwise *d) { return expands(d) ? d->expand.tile_blocks : 1; }

static ring_shape ring_for(const nn_depthwise *d) {
    const nn_dwconv2d *f = &d->filter;
    const int32_t reach = (f->out_width - 1) * f->stride + f->kernel;
    const int32_t columns = max_i32(f->padding_left + f->in_width, reach);
    const int32_t useful = (f->out_height - 1) * f->stride + f->kernel;
    const int32_t fitting = RING_BYTES / (chunk_blocks(d) * columns * NN_LANES * (int32_t)sizeof(float));
    const int32_t rows = max_i32(f->kernel, min_i32(useful, fitting));
    return (ring_shape){rows, columns, (int64_t)columns * NN_LANES, (int64_t)rows * columns * NN_LANES};
}

static nn_task_grid grid_for(const nn_depthwise *d, int32_t threads) {
    return nn_task_grid_for(d->filter.blocks, chunk_blocks(d), threads, threads, d->filter.out_height / MIN_STRIP_ROWS);
}

int32_t nn_depthwise_strips(const nn_depthwise *d, int32_t threads) { return grid_for(d, threads).parts; }

static size_t segment_bytes(const nn_depthwise *d) {
    return align64(sizeof(nn_segment) * (size_t)d->expand.in_blocks);
}
static int64_t positions(const nn_depthwise *d) { return (int64_t)d->filter.in_height * d->filter.in_width; }

static int32_t tile_rows(const depthwise_task *t) {
    const nn_kernels *kernels = t->job->kernels;
    return (t->job->d->expand.pairs ? kernels->max_paired_rows : kernels->max_tile_rows)[t->blocks];
}

size_t nn_depthwise_shared_scratch(const nn_depthwise *d) {
    return d->expand.pairs ? sizeof(float) * (size_t)positions(d) : 0;
}

static const size_t tile_bytes = sizeof(float) * NN_MAX_TILE_ROWS * NN_MAX_TILE_BLOCKS * NN_LANES;

size_t nn_depthwise_scratch(const nn_depthwise *d) {
    const ring_shape r = ring_for(d);
    return segment_bytes(d) + align64(tile_bytes) + sizeof(float) * (size_t)(r.row + chunk_blocks(d) * r.block);
}

static depthwise_scratch open_scratch(const depthwise_job *job, int32_t worker) {
    char *memory = job->scratch + (size_t)worker * job->scratch_stride;
    depthwise_scratch s = {.segments = (nn_segment *)memory};
    s.tile = (float *)(memory + segment_bytes(job->d));
    s.zeros = (float *)((char *)s.tile + align64(tile_bytes));
    s.ring = s.zeros + ring_for(job->d).row;
    return s;
}

static float *ring_row(const depthwise_task *t, int32_t block, int32_t y) {
    return t->scratch.ring + block * t->shape.block + y % t->shape.rows * t->shape.row;
}

/// What lies outside the map: a row, and the columns left and right of every row in the ring.
static void clear_borders(const depthwise_task *t) {
    const nn_dwconv2d *f = &t->job->d->filter;
    const int32_t right = f->padding_left + f->in_width;
    memset(t->scratch.zeros, 0, sizeof(float) * (size_t)t->shape.row);
    for (int32_t row = 0; row < t->blocks * t->shape.rows; row++) {
        float *at = t->scratch.ring + row * t->shape.row;
        memset(at, 0, sizeof(float) * (size_t)(f->padding_left * NN_LANES));
        memset(at + right * NN_LANES, 0, sizeof(float) * (size_t)((t->shape.columns - right) * NN_LANES));
    }
}

/// The first pair right of a finished row: its last column and zero.
static void close_row(const depthwise_task *t, int32_t block, int32_t y) {
    const nn_dwconv2d *f = &t->job->d->filter;
    const int32_t right = f->padding_left + f->in_width;
    if (t->job->d->type != NN_BF16 || right == t->shape.columns) return;
    nn_bf16_pair *at = (nn_bf16_pair *)(void *)ring_row(t, block, y) + right * NN_LANES;
    for (int32_t lane = 0; lane < NN_LANES; lane++) at[lane] = at[lane - NN_LANES] >> 16;
}

static void copy_row(const nn_depthwise *d, int64_t positions, const void *from, float *to) {
    if (d->type == NN_BF16) d->bf16->pair_columns(positions, from, (nn_bf16_pair *)(void *)to);
    else memcpy(to, from, sizeof(float) * (size_t)(positions * NN_LANES));
}

static void copy_rows(const depthwise_task *t, int32_t row, int32_t row_end) {
    const nn_depthwise *d = t->job->d;
    const nn_dwconv2d *f = &d->filter;
    for (int32_t b = 0; b < t->blocks; b++) {
        for (int32_t y = row; y < row_end; y++) {
            const int64_t from = ((t->first_block + b) * (int64_t)f->in_height + y) * f->in_width * NN_LANES;
            copy_row(d, f->in_width, nn_at(t->job->input, d->type, from),
                ring_row(t, b, y) + f->padding_left * NN_LANES);
            close_row(t, b, y);
        }
    }
}

static void list_segments(const depthwise_task *t) {
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

/// The weights of the chunk after those that the other threads are at.
static nn_fetch next_weights(const depthwise_task *t) {
    const nn_depthwise *d = t->job->d;
    const int32_t first = min_i32(t->first_block + t->job->threads * chunk_blocks(d), d->filter.blocks);
    const int64_t from = panel_offset(d, first);
    const int64_t count = panel_offset(d, min_i32(first + chunk_blocks(d), d->filter.blocks)) - from;
    return nn_fetch_of(nn_at(d->expand.weights, d->type, from), count * nn_size_of(d->type),
        positions(d) / tile_rows(t));
}

/// Bias and activation of a tile of positions, row by row, and its way into the ring.
static void finish_tile(const depthwise_task *t, int32_t position, int32_t end) {
    const nn_dwconv2d *f = &t->job->d->filter;
    const nn_expansion *c = &t->job->d->expand;
    const float *tile = t->scratch.tile;
    while (position < end) {
        const int32_t y = position / f->in_width, x = position % f->in_width;
        const int32_t count = min_i32(end - position, f->in_width - x);
        const nn_epilogue e = {
            .bias = c->bias + t->first_block * NN_LANES,
            .output = ring_row(t, 0, y) + (f->padding_left + x) * NN_LANES,
            .block_stride = t->shape.block,
            .column_stride = NN_LANES,
            .first = NN_ACTIVATION_SILU2,
        };
        if (t->job->d->type == NN_BF16) t->job->d->bf16->epilogue_pairs(count, t->blocks, tile, &e);
        else t->job->kernels->epilogue(count, t->blocks, tile, &e);
        if (x + count == f->in_width)
            for (int32_t b = 0; b < t->blocks; b++) close_row(t, b, y);
        tile += count * t->blocks * NN_LANES;
        position += count;
    }
}

/// Expands rows into the ring, in tiles of equal height (to one) that may go over the end of a row.
static void expand_rows(depthwise_task *t, int32_t row, int32_t row_end) {
    const nn_kernels *kernels = t->job->kernels;
    const nn_depthwise *d = t->job->d;
    const int32_t width = d->filter.in_width;
    const void *weights = nn_at(d->expand.weights, d->type, panel_offset(d, t->first_block));
    const int32_t first = row * width, count = (row_end - row) * width;
    const int32_t tiles = (count + tile_rows(t) - 1) / tile_rows(t);
    for (int32_t i = 0; i < tiles; i++) {
        const int32_t at = first + nn_part_start(count, i, tiles);
        const int32_t end = first + nn_part_start(count, i + 1, tiles);
        const void *input = nn_at(t->job->input, d->type, (int64_t)at * NN_LANES);
        if (d->expand.pairs)
            kernels->brgemm_paired(end - at, t->blocks, &t->job->pairs, input, weights, t->job->start + at,
                t->scratch.tile);
        else if (d->type == NN_BF16)
            d->bf16->brgemm(end - at, t->blocks, t->scratch.segments, d->expand.in_blocks, input, weights,
                t->scratch.tile);
        else
            kernels->brgemm(end - at, t->blocks, t->scratch.segments, d->expand.in_blocks, input, NN_LANES, weights,
                t->scratch.tile);
        finish_tile(t, at, end);
        nn_fetch_some(&t->fetch);
    }
}

/// Output rows [y, y_end) of every block of the task; their input rows stand in the ring.
static void filter_rows(const depthwise_task *t, int32_t y, int32_t y_end, float *sums) {
    const nn_depthwise *d = t->job->d;
    const nn_dwconv2d *f = &d->filter;
    for (int32_t b = 0; b < t->blocks; b++) {
        const int32_t block = t->first_block + b;
        for (int32_t row = y; row < y_end; row++) {
            const float *taps[NN_MAX_DWCONV];
            for (int32_t i = 0; i < f->kernel; i++) {
                const int32_t in = row * f->stride - f->padding_top + i;
                taps[i] = in >= 0 && in < f->in_height ? ring_row(t, b, in) : t->scratch.zeros;
            }
            void *output =
                nn_at_mutable(t->job->output, d->type, ((int64_t)block * f->out_height + row) * f->out_width * NN_LANES);
            if (d->type == NN_BF16)
                d->bf16->dwconv2d(
                    f, block, (const nn_bf16_pair *const *)(const void *)taps, output, sums + b * NN_LANES);
            else t->job->kernels->dwconv2d(f, block, taps, output, sums + b * NN_LANES);
        }
    }
}

/// Fills the ring with the rows that it has room for, filters what they allow, and so on.
static void run_rows(depthwise_task *t, int32_t y, int32_t y_end, float *sums) {
    const nn_dwconv2d *f = &t->job->d->filter;
    const int32_t most = (t->shape.rows - f->kernel) / f->stride + 1;
    int32_t in = max_i32(0, y * f->stride - f->padding_top);
    while (y < y_end) {
        const int32_t end = min_i32(y_end, y + most);
        const int32_t in_end = min_i32(f->in_height, (end - 1) * f->stride - f->padding_top + f->kernel);
        if (in < in_end) {
            if (expands(t->job->d)) expand_rows(t, in, in_end);
            else copy_rows(t, in, in_end);
            in = in_end;
        }
        filter_rows(t, y, end, sums);
        y = end;
    }
}

static void clear_sums(const depthwise_task *t, int32_t strip, int32_t strip_end) {
    for (int32_t s = strip; s < strip_end; s++)
        memset(t->job->sums + ((int64_t)s * t->job->d->filter.blocks + t->first_block) * NN_LANES, 0,
            sizeof(float) * (size_t)(t->blocks * NN_LANES));
}

static void run_task(void *context, int32_t worker, int64_t index) {
    const depthwise_job *job = context;
    const nn_depthwise *d = job->d;
    const nn_task task = nn_task_at(job->grid, index);
    depthwise_task t = {job, task.panel * chunk_blocks(d), 0, ring_for(d), open_scratch(job, worker), {0}};
    t.blocks = min_i32(chunk_blocks(d), d->filter.blocks - t.first_block);
    clear_sums(&t, task.part, task.parts == 1 ? job->grid.parts : task.part + 1);
    clear_borders(&t);
    if (expands(d)) {
        list_segments(&t);
        t.fetch = next_weights(&t);
    }
    run_rows(&t, nn_part_start(d->filter.out_height, task.part, task.parts),
        nn_part_start(d->filter.out_height, task.part + 1, task.parts),
        job->sums + ((int64_t)task.part * d->filter.blocks + t.first_block) * NN_LANES);
}

void nn_depthwise_run(
    const nn_kernels *kernels, nn_pool *pool, const nn_depthwise *d, const void *input, void *output, float *sums,
    void *scratch, size_t scratch_stride) {
    assert(d->filter.kernel <= NN_MAX_DWCONV);
    assert((uintptr_t)scratch % 64 == 0 && scratch_stride % 64 == 0 && scratch_stride >= nn_depthwise_scratch(d));
    const int32_t threads = nn_pool_threads(pool);
    float *start = (float *)((char *)scratch + (size_t)threads * scratch_stride);
    const nn_expansion *e = &d->expand;
    depthwise_job job = {
        kernels, d, input, output, sums, nn_pairs_of(e->pairs, e->in_blocks, e->in_used, e->in_block), start, scratch,
        scratch_stride, grid_for(d, threads), threads};
    // Without factors the input is only read.
    if (e->pairs) nn_start_pairs(kernels, pool, &job.pairs, positions(d), NULL, (float *)input, start);
    nn_pool_for(pool, nn_task_count(job.grid), run_task, &job);
}
