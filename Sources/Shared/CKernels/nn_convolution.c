// Cuts a convolution into tasks for the pool and every task into tiles for the kernels.
#include "nn_convolution.h"

#include <assert.h>

#include "nn_pairs.h"
#include "nn_tasks.h"

enum { PARTS_PER_THREAD = 4 };

/// The taps that lie inside the input for one output row.
typedef struct {
    int32_t z, z_end, y, y_end;
} tap_range;

/// Memory of one thread: the segment list, the finished tile and, with scale, one scaled weight panel.
typedef struct {
    nn_segment *segments;
    float *tile;
    void *panel;
    int32_t count;
    tap_range taps;     // for which the segments stand
    int32_t tile_blocks;
    nn_fetch fetch;     // the weights of the panel that this thread probably gets next
} conv_scratch;

typedef struct {
    const nn_kernels *kernels;
    const nn_convolution *c;
    const void *input;
    void *output;
    const void *residual;
    const float *scale;
    nn_pairs pairs;
    const float *start;     // of every position, where there are pairs
    char *scratch;
    size_t scratch_stride;
    nn_task_grid grid;
    int32_t threads;
} conv_job;

static int32_t ceil_div(int32_t a, int32_t b) { return (a + b - 1) / b; }
static size_t align64(size_t n) { return (n + 63) / 64 * 64; }
static int32_t min_i32(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t max_i32(int32_t a, int32_t b) { return a > b ? a : b; }

static int64_t positions(const nn_convolution *c) { return (int64_t)c->out_depth * c->out_height * c->out_width; }
static int32_t tap_count(const nn_convolution *c) { return c->kernel_z * c->kernel_y * c->kernel_x; }
static size_t segment_bytes(const nn_convolution *c) {
    return align64(sizeof(nn_segment) * (size_t)(c->in_blocks * tap_count(c)));
}
static const size_t tile_bytes = sizeof(float) * NN_MAX_TILE_ROWS * NN_MAX_TILE_BLOCKS * NN_LANES;

/// Multiplying the input is less work than multiplying the weights where the map has fewer positions than the output
/// has channels.
static bool scales_input(const nn_convolution *c) {
    return c->pairs > 0 || positions(c) < (int64_t)c->out_blocks * NN_LANES;
}

static const int32_t *tile_rows(const nn_kernels *kernels, const nn_convolution *c) {
    return c->pairs ? kernels->max_paired_rows : kernels->max_tile_rows;
}

size_t nn_convolution_shared_scratch(const nn_convolution *c) {
    return c->pairs ? sizeof(float) * (size_t)positions(c) : 0;
}

size_t nn_convolution_scratch(const nn_convolution *c, bool scaled) {
    const size_t panel = scaled && !scales_input(c)
        ? (size_t)nn_size_of(c->in_type) * (size_t)nn_packed_count(c->in_blocks, c->in_lanes, tap_count(c), c->tile_blocks) : 0;
    return segment_bytes(c) + align64(tile_bytes) + align64(panel);
}

static conv_scratch open_scratch(const conv_job *job, int32_t worker) {
    char *memory = job->scratch + (size_t)worker * job->scratch_stride;
    conv_scratch s = {.segments = (nn_segment *)memory, .taps = {-1, -1, -1, -1}};
    s.tile = (float *)(memory + segment_bytes(job->c));
    s.panel = (char *)s.tile + align64(tile_bytes);
    return s;
}

static tap_range taps_for_row(const nn_convolution *c, int32_t z, int32_t y) {
    const int32_t first_z = z * c->stride - c->padding_z, first_y = y * c->stride - c->padding_y;
    return (tap_range){
        max_i32(0, -first_z), min_i32(c->kernel_z, c->in_depth - first_z),
        max_i32(0, -first_y), min_i32(c->kernel_y, c->in_height - first_y)};
}

/// bfloat16 channels go in pairs; an unused one has zero weights and a zero lane.
static uint32_t used_channels(const nn_convolution *c, int32_t block) {
    const uint32_t used = (uint32_t)c->in_used[block];
    return c->in_type == NN_BF16 ? (used + 1) / 2 * 2 : used;
}

/// Lists the products of a row relative to its first input element; kept while the next row needs the same list.
static void list_segments(const nn_convolution *c, tap_range taps, int32_t blocks, conv_scratch *s) {
    if (taps.z == s->taps.z && taps.z_end == s->taps.z_end && taps.y == s->taps.y && taps.y_end == s->taps.y_end
        && blocks == s->tile_blocks)
        return;
    s->taps = taps;
    s->tile_blocks = blocks;
    const uint32_t weights_a_tap = (uint32_t)(c->in_lanes * blocks * NN_LANES);
    nn_segment *next = s->segments;
    for (int32_t b = 0; b < c->in_blocks; b++) {
        for (int32_t z = taps.z; z < taps.z_end; z++) {
            for (int32_t y = taps.y; y < taps.y_end; y++) {
                const int64_t row = b * c->in_block + z * c->in_plane + y * c->in_row;
                const int32_t tap = ((b * c->kernel_z + z) * c->kernel_y + y) * c->kernel_x;
                for (int32_t x = 0; x < c->kernel_x; x++)
                    *next++ = (nn_segment){
                        (int32_t)(row + (x - c->padding_x) * c->in_column), (uint32_t)(tap + x) * weights_a_tap,
                        used_channels(c, b)};
            }
        }
    }
    s->count = (int32_t)(next - s->segments);
}

static bool is_linear(const nn_convolution *c) {
    return c->first == NN_ACTIVATION_NONE && c->second == NN_ACTIVATION_NONE;
}

/// Products and epilogue of `rows` columns of an output row, from `input` to `output`.
static void run_tile(
    const conv_job *job, const conv_scratch *s, int32_t rows, int32_t first_block, int32_t blocks, const void *weights,
    int64_t input, int64_t output) {
    const nn_convolution *c = job->c;
    const void *a = nn_at(job->input, c->in_type, input);
    const nn_epilogue e = {
        .bias = c->bias + first_block * NN_LANES,
        .residual = job->residual ? nn_at(job->residual, c->out_type, output) : NULL,
        .output = nn_at_mutable(job->output, c->out_type, output),
        .block_stride = c->out_block,
        .column_stride = c->out_column,
        .first = c->first,
        .second = c->second,
    };
    if (c->in_type == NN_BF16 && c->out_type == NN_BF16 && is_linear(c)) {
        c->bf16->project(rows, blocks, s->segments, s->count, a, weights, &e);
        return;
    }
    if (c->pairs)
        job->kernels->brgemm_paired(
            rows, blocks, &job->pairs, a, weights, job->start + input / NN_LANES, s->tile);
    else if (c->in_type == NN_BF16) c->bf16->brgemm(rows, blocks, s->segments, s->count, a, weights, s->tile);
    else
        job->kernels->brgemm(
            rows, blocks, s->segments, s->count, a, c->stride * c->in_column, weights, s->tile);
    if (c->out_type == NN_BF16) c->bf16->epilogue(rows, blocks, s->tile, &e);
    else job->kernels->epilogue(rows, blocks, s->tile, &e);
}

/// One output row: tiles of equal height (to one) from column `from` to `to`.
static void run_row(
    const conv_job *job, conv_scratch *s, int32_t first_block, int32_t blocks, const void *weights, int32_t row,
    int32_t from, int32_t to) {
    const nn_convolution *c = job->c;
    const int32_t z = row / c->out_height, y = row % c->out_height;
    list_segments(c, taps_for_row(c, z, y), blocks, s);
    const int64_t input = (int64_t)(z * c->stride - c->padding_z) * c->in_plane
        + (int64_t)(y * c->stride - c->padding_y) * c->in_row;
    const int64_t output = first_block * c->out_block + z * c->out_plane + y * c->out_row;
    const int32_t step = c->stride * c->in_column;
    const int32_t tiles = ceil_div(to - from, tile_rows(job->kernels, c)[blocks]);
    const int32_t height = (to - from) / tiles, higher = (to - from) % tiles;
    for (int32_t t = 0, x = from; t < tiles; t++) {
        const int32_t count = height + (t < higher);
        run_tile(job, s, count, first_block, blocks, weights, input + (int64_t)x * step, output + x * c->out_column);
        x += count;
        nn_fetch_some(&s->fetch);
    }
}

static int64_t panel_offset(const nn_convolution *c, int32_t first_block) {
    return nn_packed_count(c->in_blocks, c->in_lanes, tap_count(c), first_block);
}

/// The weights of the panel after those that the other threads are at.
static nn_fetch next_weights(const conv_job *job, int32_t panel, int32_t blocks) {
    const nn_convolution *c = job->c;
    const int32_t first = min_i32((panel + job->threads) * c->tile_blocks, c->out_blocks);
    const int64_t from = panel_offset(c, first);
    const int64_t count = panel_offset(c, min_i32(first + c->tile_blocks, c->out_blocks)) - from;
    return nn_fetch_of(nn_at(c->weights, c->in_type, from), count * nn_size_of(c->in_type),
        positions(c) / tile_rows(job->kernels, c)[blocks]);
}

static void run_task(void *context, int32_t worker, int64_t index) {
    const conv_job *job = context;
    const nn_convolution *c = job->c;
    const nn_task task = nn_task_at(job->grid, index);
    const int32_t first_block = task.panel * c->tile_blocks;
    const int32_t blocks = min_i32(c->tile_blocks, c->out_blocks - first_block);
    const void *weights = nn_at(c->weights, c->in_type, panel_offset(c, first_block));
    conv_scratch s = open_scratch(job, worker);
    s.fetch = next_weights(job, task.panel, blocks);
    if (job->scale) {
        const int64_t rows = (int64_t)c->in_blocks * c->in_lanes;
        if (c->in_type == NN_BF16) c->bf16->scale_rows(rows, blocks, job->scale, weights, s.panel);
        else job->kernels->scale_rows(rows, blocks, job->scale, weights, s.panel);
        weights = s.panel;
    }
    const int32_t rows = c->out_depth * c->out_height, all = rows == 1 ? c->out_width : rows;
    const int32_t from = nn_part_start(all, task.part, task.parts), to = nn_part_start(all, task.part + 1, task.parts);
    if (rows == 1) run_row(job, &s, first_block, blocks, weights, 0, from, to);
    else for (int32_t row = from; row < to; row++) run_row(job, &s, first_block, blocks, weights, row, 0, c->out_width);
}

static nn_task_grid grid_for(const nn_kernels *kernels, const nn_convolution *c, int32_t threads) {
    const int32_t rows = c->out_depth * c->out_height;
    const int32_t most = rows > 1 ? rows : ceil_div(c->out_width, tile_rows(kernels, c)[c->tile_blocks]);
    return nn_task_grid_for(c->out_blocks, c->tile_blocks, threads, threads * PARTS_PER_THREAD, most);
}

/// Where the sums of every position begin: in the memory behind the pieces of the threads.
static float *shared_scratch(void *scratch, size_t scratch_stride, int32_t threads) {
    return (float *)((char *)scratch + (size_t)threads * scratch_stride);
}

static void run(
    const nn_kernels *kernels, nn_pool *pool, const nn_convolution *c, const void *input, void *output,
    const void *residual, const float *scale, void *scratch, size_t scratch_stride) {
    assert((uintptr_t)scratch % 64 == 0 && scratch_stride % 64 == 0);
    assert(scratch_stride >= nn_convolution_scratch(c, scale != NULL));
    const int32_t threads = nn_pool_threads(pool);
    conv_job job = {kernels, c, input, output, residual, scale,
        nn_pairs_of(c->pairs, c->in_blocks, c->in_used, c->in_block), shared_scratch(scratch, scratch_stride, threads),
        scratch, scratch_stride, grid_for(kernels, c, threads), threads};
    nn_pool_for(pool, nn_task_count(job.grid), run_task, &job);
}

/// What has to be done to the input of paired blocks: their starts, after its lanes are scaled if they are to be.
static void start_pairs(
    const nn_kernels *kernels, nn_pool *pool, const nn_convolution *c, float *input, const float *scale,
    void *scratch, size_t scratch_stride) {
    assert(tap_count(c) == 1 && c->stride == 1 && c->in_lanes == NN_LANES && c->out_depth * c->out_height == 1);
    const nn_pairs pairs = nn_pairs_of(c->pairs, c->in_blocks, c->in_used, c->in_block);
    nn_start_pairs(
        kernels, pool, &pairs, positions(c), scale, input,
        shared_scratch(scratch, scratch_stride, nn_pool_threads(pool)));
}

typedef struct {
    const nn_kernels *kernels;
    const nn_convolution *c;
    void *input;
    const float *scale;
} scale_job;

static void scale_block(void *context, int32_t worker, int64_t block) {
    (void)worker;
    const scale_job *job = context;
    const nn_convolution *c = job->c;
    void *at = nn_at_mutable(job->input, c->in_type, block * c->in_block);
    const float *scale = job->scale + block * NN_LANES;
    if (c->in_type == NN_BF16) c->bf16->scale_lanes(positions(c), scale, at);
    else job->kernels->scale_lanes(positions(c), scale, at);
}

void nn_convolution_run(
    const nn_kernels *kernels, nn_pool *pool, const nn_convolution *c, const void *input, void *output,
    const void *residual, void *scratch, size_t scratch_stride) {
    // Without factors the input is only read.
    if (c->pairs) start_pairs(kernels, pool, c, (float *)input, NULL, scratch, scratch_stride);
    run(kernels, pool, c, input, output, residual, NULL, scratch, scratch_stride);
}

void nn_convolution_run_scaled(
    const nn_kernels *kernels, nn_pool *pool, const nn_convolution *c, void *input, void *output,
    const void *residual, const float *scale, void *scratch, size_t scratch_stride) {
    // Factors of input lanes are factors of weight rows only when there is one tap.
    assert(tap_count(c) == 1 && c->in_lanes == NN_LANES);
    const bool in_place = scales_input(c);
    if (c->pairs) {
        start_pairs(kernels, pool, c, input, scale, scratch, scratch_stride);
    } else if (in_place) {
        scale_job job = {kernels, c, input, scale};
        nn_pool_for(pool, c->in_blocks, scale_block, &job);
    }
    run(kernels, pool, c, input, output, residual, in_place ? NULL : scale, scratch, scratch_stride);
}
