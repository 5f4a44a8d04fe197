// Expansion and depthwise convolution through a ring of rows: one task is a chunk of channel blocks on a strip of rows.
#include "nn_depthwise.h"

#include <assert.h>
#include <string.h>

#include "nn_ring.h"

enum {
    MIN_STRIP_ROWS = 4,
    MAX_STRIDE = 2,
};

static size_t align64(size_t n) { return (n + 63) / 64 * 64; }

static nn_task_grid grid_for(const nn_depthwise *d, int32_t threads) {
    const int32_t most_strips = d->filter.out_height / MIN_STRIP_ROWS;
    return nn_task_grid_for(d->filter.blocks, nn_chunk_blocks(d), threads, threads, most_strips);
}

int32_t nn_depthwise_strips(const nn_depthwise *d, int32_t threads) { return grid_for(d, threads).parts; }

static size_t segment_bytes(const nn_depthwise *d) {
    return align64(sizeof(nn_segment) * (size_t)d->expand.in_blocks);
}

size_t nn_depthwise_shared_scratch(const nn_depthwise *d) {
    return d->expand.pairs ? sizeof(float) * (size_t)nn_depthwise_positions(d) : 0;
}

static const size_t tile_bytes = sizeof(float) * NN_MAX_TILE_ROWS * NN_MAX_TILE_BLOCKS * NN_LANES;

size_t nn_depthwise_scratch(const nn_depthwise *d) {
    const nn_ring_shape r = nn_ring_for(d);
    return segment_bytes(d) + 2 * tile_bytes + sizeof(float) * (size_t)(r.row + nn_chunk_blocks(d) * r.block);
}

static nn_depthwise_scratch_parts open_scratch(const nn_depthwise_job *job, int32_t worker) {
    char *memory = job->scratch + (size_t)worker * job->scratch_stride;
    nn_depthwise_scratch_parts s = {.segments = (nn_segment *)memory};
    for (int32_t i = 0; i < 2; i++) s.tiles[i] = (float *)(memory + segment_bytes(job->d) + i * tile_bytes);
    s.zeros = (float *)(memory + segment_bytes(job->d) + 2 * tile_bytes);
    s.ring = s.zeros + nn_ring_for(job->d).row;
    return s;
}

/// Output rows [y, y + count) of a block; their input rows stand in the ring.
static void filter_block(const nn_depthwise_task *t, int32_t b, int32_t y, int32_t count, float *sum) {
    const nn_depthwise *d = t->job->d;
    const nn_dwconv2d *f = &d->filter;
    const int32_t block = t->first_block + b, first = y * f->stride - f->padding_top;
    const float *rows[(NN_MAX_DWCONV_ROWS - 1) * MAX_STRIDE + NN_MAX_DWCONV];
    for (int32_t i = 0; i < (count - 1) * f->stride + f->kernel; i++) {
        const int32_t in = first + i;
        rows[i] = in >= 0 && in < f->in_height ? nn_ring_row(t, b, in) : t->scratch.zeros;
    }
    const int64_t at = ((int64_t)block * f->out_height + y) * f->out_width * NN_LANES;
    void *output = nn_at_mutable(t->job->output, d->type, at);
    if (d->type == NN_BF16)
        d->bf16->dwconv2d(f, block, count, (const nn_bf16_pair *const *)(const void *)rows, output, sum);
    else
        for (int32_t r = 0; r < count; r++)
            t->job->kernels->dwconv2d(
                f, block, rows + r * f->stride, (float *)output + r * f->out_width * NN_LANES, sum);
}

/// Output rows [y, y_end) of every block of the task.
static void filter_rows(const nn_depthwise_task *t, int32_t y, int32_t y_end, float *sums) {
    for (int32_t b = 0; b < t->blocks; b++)
        for (int32_t row = y; row < y_end; row += NN_MAX_DWCONV_ROWS)
            filter_block(t, b, row, nn_min(y_end - row, NN_MAX_DWCONV_ROWS), sums + b * NN_LANES);
}

/// Fills the ring with the rows that it has room for, filters what they allow, and so on.
static void run_rows(nn_depthwise_task *t, int32_t y, int32_t y_end, float *sums) {
    const nn_dwconv2d *f = &t->job->d->filter;
    const int32_t most = (t->shape.rows - f->kernel) / f->stride + 1;
    int32_t in = nn_max(0, y * f->stride - f->padding_top);
    while (y < y_end) {
        const int32_t end = nn_min(y_end, y + most);
        const int32_t in_end = nn_min(f->in_height, (end - 1) * f->stride - f->padding_top + f->kernel);
        if (in < in_end) {
            nn_ring_fill(t, in, in_end);
            in = in_end;
        }
        filter_rows(t, y, end, sums);
        y = end;
    }
}

static void clear_sums(const nn_depthwise_task *t, int32_t strip, int32_t strip_end) {
    for (int32_t s = strip; s < strip_end; s++)
        memset(t->job->sums + ((int64_t)s * t->job->d->filter.blocks + t->first_block) * NN_LANES, 0,
            sizeof(float) * (size_t)(t->blocks * NN_LANES));
}

static void run_task(void *context, int32_t worker, int64_t index) {
    const nn_depthwise_job *job = context;
    const nn_depthwise *d = job->d;
    const nn_task task = nn_task_at(job->grid, index);
    nn_depthwise_task t = {job, task.panel * nn_chunk_blocks(d), 0, nn_ring_for(d), open_scratch(job, worker), {0}};
    t.blocks = nn_min(nn_chunk_blocks(d), d->filter.blocks - t.first_block);
    clear_sums(&t, task.part, task.parts == 1 ? job->grid.parts : task.part + 1);
    nn_ring_open(&t);
    run_rows(&t, nn_part_start(d->filter.out_height, task.part, task.parts),
        nn_part_start(d->filter.out_height, task.part + 1, task.parts),
        job->sums + ((int64_t)task.part * d->filter.blocks + t.first_block) * NN_LANES);
}

void nn_depthwise_run(
    const nn_kernels *kernels, nn_pool *pool, const nn_depthwise *d, const void *input, void *output, float *sums,
    void *scratch, size_t scratch_stride) {
    assert(d->filter.kernel <= NN_MAX_DWCONV && d->filter.stride <= MAX_STRIDE);
    assert((uintptr_t)scratch % 64 == 0 && scratch_stride % 64 == 0 && scratch_stride >= nn_depthwise_scratch(d));
    const int32_t threads = nn_pool_threads(pool);
    float *start = (float *)((char *)scratch + (size_t)threads * scratch_stride);
    const nn_expansion *e = &d->expand;
    nn_depthwise_job job = {
        kernels, d, input, output, sums, nn_pairs_of(e->pairs, e->in_blocks, e->in_used, e->in_block), start, scratch,
        scratch_stride, grid_for(d, threads), threads};
    // Without factors the input is only read.
    if (e->pairs) nn_start_pairs(kernels, pool, &job.pairs, nn_depthwise_positions(d), NULL, (float *)input, start);
    for (int32_t i = 0; i < threads; i++) {
        const nn_depthwise_scratch_parts s = open_scratch(&job, i);
        nn_ring_clear(d, &s);
    }
    nn_pool_for(pool, nn_task_count(job.grid), run_task, &job);
}
