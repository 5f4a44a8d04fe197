// Cuts a convolution into tasks for the pool and every task into tiles for the kernels.
#include <assert.h>
#include "nn_convolution.h"

enum { TASKS_PER_THREAD = 8 };

/// The taps that lie inside the input for one output row.
typedef struct {
    int32_t z, z_end, y, y_end;
} tap_range;

/// How a convolution is cut: panels of output channels × chunks of rows (or of columns when there is one row).
typedef struct {
    int32_t panels, chunks;
    bool panels_first;  // consecutive tasks share their input instead of their weights
} task_grid;

/// Memory of one thread: the segment list, the finished tile and, with scale, one scaled weight panel.
typedef struct {
    nn_segment *segments;
    float *tile;
    float *panel;
    int32_t count;
    tap_range taps;     // for which the segments stand
    int32_t tile_blocks;
} conv_scratch;

typedef struct {
    const nn_kernels *kernels;
    const nn_convolution *c;
    const float *input;
    float *output;
    const float *residual, *scale;
    char *scratch;
    size_t scratch_stride;
    task_grid grid;
} conv_job;

static int32_t ceil_div(int32_t a, int32_t b) { return (a + b - 1) / b; }
static size_t align64(size_t n) { return (n + 63) / 64 * 64; }
static int32_t min_i32(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t max_i32(int32_t a, int32_t b) { return a > b ? a : b; }

static int32_t tap_count(const nn_convolution *c) { return c->kernel_z * c->kernel_y * c->kernel_x; }
static size_t segment_bytes(const nn_convolution *c) {
    return align64(sizeof(nn_segment) * (size_t)(c->in_blocks * tap_count(c)));
}
static const size_t tile_bytes = sizeof(float) * NN_MAX_TILE_ROWS * NN_MAX_TILE_BLOCKS * NN_LANES;

size_t nn_convolution_scratch(const nn_convolution *c, bool scaled) {
    const size_t panel = scaled
        ? sizeof(float) * (size_t)nn_packed_count(c->in_blocks, c->in_lanes, tap_count(c), c->tile_blocks) : 0;
    return segment_bytes(c) + align64(tile_bytes) + align64(panel);
}

static conv_scratch open_scratch(const conv_job *job, int32_t worker) {
    char *memory = job->scratch + (size_t)worker * job->scratch_stride;
    conv_scratch s = {.segments = (nn_segment *)memory, .taps = {-1, -1, -1, -1}};
    s.tile = (float *)(memory + segment_bytes(job->c));
    s.panel = (float *)((char *)s.tile + align64(tile_bytes));
    return s;
}

static tap_range taps_for_row(const nn_convolution *c, int32_t z, int32_t y) {
    const int32_t first_z = z * c->stride - c->padding_z, first_y = y * c->stride - c->padding_y;
    return (tap_range){
        max_i32(0, -first_z), min_i32(c->kernel_z, c->in_depth - first_z),
        max_i32(0, -first_y), min_i32(c->kernel_y, c->in_height - first_y)};
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
                        (uint32_t)c->in_used[b]};
            }
        }
    }
    s->count = (int32_t)(next - s->segments);
}

/// One output row: tiles of equal height (to one) from column `from` to `to`.
static void run_row(
    const conv_job *job, conv_scratch *s, int32_t first_block, int32_t blocks, const float *weights, int32_t row,
    int32_t from, int32_t to) {
    const nn_convolution *c = job->c;
    const int32_t z = row / c->out_height, y = row % c->out_height;
    list_segments(c, taps_for_row(c, z, y), blocks, s);
    const float *input = job->input + (int64_t)(z * c->stride - c->padding_z) * c->in_plane
        + (int64_t)(y * c->stride - c->padding_y) * c->in_row;
    const int64_t out = first_block * c->out_block + z * c->out_plane + y * c->out_row;
    const int32_t step = c->stride * c->in_column;
    const int32_t tiles = ceil_div(to - from, job->kernels->max_tile_rows[blocks]);
    for (int32_t t = 0; t < tiles; t++) {
        const int32_t x = from + (int32_t)((int64_t)(to - from) * t / tiles);
        const int32_t x_end = from + (int32_t)((int64_t)(to - from) * (t + 1) / tiles);
        job->kernels->brgemm(
            x_end - x, blocks, s->segments, s->count, input + (int64_t)x * step, step, weights, s->tile);
        const nn_epilogue e = {
            .bias = c->bias + first_block * NN_LANES,
            .residual = job->residual ? job->residual + out + x * c->out_column : NULL,
            .output = job->output + out + x * c->out_column,
            .block_stride = c->out_block,
            .column_stride = c->out_column,
            .first = c->first,
            .second = c->second,
        };
        job->kernels->epilogue(x_end - x, blocks, s->tile, &e);
    }
}

static void run_task(void *context, int32_t worker, int64_t index) {
    const conv_job *job = context;
    const nn_convolution *c = job->c;
    const task_grid g = job->grid;
    const int32_t panel = (int32_t)(g.panels_first ? index % g.panels : index / g.chunks);
    const int32_t chunk = (int32_t)(g.panels_first ? index / g.panels : index % g.chunks);
    const int32_t first_block = panel * c->tile_blocks;
    const int32_t blocks = min_i32(c->tile_blocks, c->out_blocks - first_block);
    const float *weights = c->weights + nn_packed_count(c->in_blocks, c->in_lanes, tap_count(c), first_block);
    conv_scratch s = open_scratch(job, worker);
    if (job->scale) {
        job->kernels->scale_rows((int64_t)c->in_blocks * c->in_lanes, blocks, job->scale, weights, s.panel);
        weights = s.panel;
    }
    const int32_t rows = c->out_depth * c->out_height;
    if (rows == 1) {
        run_row(job, &s, first_block, blocks, weights, 0, (int32_t)((int64_t)c->out_width * chunk / g.chunks),
            (int32_t)((int64_t)c->out_width * (chunk + 1) / g.chunks));
        return;
    }
    const int32_t end = (int32_t)((int64_t)rows * (chunk + 1) / g.chunks);
    for (int32_t row = (int32_t)((int64_t)rows * chunk / g.chunks); row < end; row++)
        run_row(job, &s, first_block, blocks, weights, row, 0, c->out_width);
}

/// Enough tasks for an even load; consecutive tasks share the larger of weights and input.
static task_grid grid_for(const nn_kernels *kernels, const nn_convolution *c, int32_t threads) {
    const int32_t rows = c->out_depth * c->out_height;
    const int32_t panels = ceil_div(c->out_blocks, c->tile_blocks);
    const int32_t most = rows > 1 ? rows : ceil_div(c->out_width, kernels->max_tile_rows[c->tile_blocks]);
    const int32_t wanted = threads > 1 ? ceil_div(threads * TASKS_PER_THREAD, panels) : 1;
    const int64_t weights = nn_packed_count(c->in_blocks, c->in_lanes, tap_count(c), c->out_blocks);
    const int64_t input = (int64_t)c->in_blocks * c->in_lanes * rows * c->out_width;
    return (task_grid){panels, max_i32(1, min_i32(most, wanted)), input > weights};
}

void nn_convolution_run(
    const nn_kernels *kernels, nn_pool *pool, const nn_convolution *c, const float *input, float *output,
    const float *residual, const float *scale, void *scratch, size_t scratch_stride) {
    // A scale multiplies weight rows, which are input lanes only when there is one tap.
    assert(!scale || tap_count(c) == 1);
    assert((uintptr_t)scratch % 64 == 0 && scratch_stride % 64 == 0);
    assert(scratch_stride >= nn_convolution_scratch(c, scale != NULL));
    conv_job job = {kernels, c, input, output, residual, scale, scratch, scratch_stride,
        grid_for(kernels, c, nn_pool_threads(pool))};
    nn_pool_for(pool, (int64_t)job.grid.panels * job.grid.chunks, run_task, &job);
}
