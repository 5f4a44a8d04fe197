// Cuts a map into blocks of tiles and runs the passes on each: z forward, the planes of every z point, z back.
//
// With few weights a thread takes a whole block, and its passes stay in its second-level cache. With many, all threads
// share one large block and divide the points, so that every weight is read once.
#include <assert.h>
#include "nn_winograd.h"
#include "nn_winograd_planes.h"

enum {
    MOST_POINTS = 8,
    OWN_TILES = 32,         // of a block that one thread computes
    SHARED_TILES = 128,     // of a block that all threads compute
    MOST_OWN_WEIGHTS = 16 << 20,  // bytes; beyond, blocks are shared
};

typedef struct {
    int32_t z, y, x;
} extent;

/// How a map is cut.
typedef struct {
    bool shared;
    extent tiles;       // of the map
    extent block;       // tiles of a block
    extent blocks;      // of the map
} block_cut;

/// One block, and where its two large buffers lie: planes [pz][in block][tile z][row][column], transformed along z
/// with the zero columns that the tiles read; results [pz][out block][tile z][row][column].
typedef struct {
    extent first, count;        // tiles
    int32_t row, row_end;       // input rows that exist
    int32_t column, column_end; // input columns that exist
    float *planes, *results;
    int64_t plane_row, plane_tile, plane_block, plane_point;
    int64_t result_row, result_tile, result_block, result_point;
} winograd_block;

typedef struct {
    const nn_kernels *kernels;
    const nn_winograd *c;
    const float *input;
    float *output;
    const float *residual;
    block_cut cut;
    float *shared_buffers;
    float *own_buffers;
    int64_t own_stride;
    int32_t panel_groups;
    winograd_block block;       // the one that is shared now
} winograd_job;

static int32_t ceil_div(int32_t a, int32_t b) { return (a + b - 1) / b; }
static int32_t min_i32(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t max_i32(int32_t a, int32_t b) { return a > b ? a : b; }
static int64_t max_i64(int64_t a, int64_t b) { return a > b ? a : b; }
static int32_t panel_count(const nn_winograd *c) { return ceil_div(c->out_blocks, c->tile_blocks); }

static block_cut cut_map(const nn_winograd *c, int32_t threads) {
    const int64_t weights = nn_winograd_packed_count(c->in_blocks, c->out_blocks, c->tile_z, c->tile_y, c->tile_x);
    block_cut cut = {
        .shared = weights * (int64_t)sizeof(float) > MOST_OWN_WEIGHTS,
        .tiles = {ceil_div(c->depth, c->tile_z), ceil_div(c->height, c->tile_y), ceil_div(c->width, c->tile_x)},
    };
    const int32_t most = cut.shared ? SHARED_TILES : OWN_TILES;
    cut.block.x = min_i32(cut.tiles.x, most);
    cut.block.y = min_i32(cut.tiles.y, most / cut.block.x);
    cut.block.z = cut.shared ? min_i32(cut.tiles.z, most / (cut.block.x * cut.block.y)) : 1;
    // A block for every thread, if there are enough rows of tiles.
    while (!cut.shared && cut.block.y > 1 && cut.tiles.z * ceil_div(cut.tiles.y, cut.block.y) < 2 * threads)
        cut.block.y = ceil_div(cut.block.y, 2);
    cut.blocks = (extent){
        ceil_div(cut.tiles.z, cut.block.z), ceil_div(cut.tiles.y, cut.block.y), ceil_div(cut.tiles.x, cut.block.x)};
    return cut;
}

static winograd_planes planes_of(const nn_kernels *kernels, const nn_winograd *c, extent tiles) {
    return (winograd_planes){kernels, c->in_blocks, c->out_blocks, c->tile_blocks, c->in_used, c->tile_y, c->tile_x,
        tiles.z, tiles.y, tiles.x};
}

/// The block of tiles `first` ..< `first + size`, as far as the map goes.
static winograd_block open_block(const nn_winograd *c, extent tiles, extent first, extent size, float *buffers) {
    winograd_block b = {.first = first, .planes = buffers};
    b.count = (extent){
        min_i32(size.z, tiles.z - first.z), min_i32(size.y, tiles.y - first.y), min_i32(size.x, tiles.x - first.x)};
    b.row = max_i32(0, first.y * c->tile_y - 2);
    b.row_end = min_i32(c->height, (first.y + b.count.y) * c->tile_y + 2);
    b.column = max_i32(0, first.x * c->tile_x - 2);
    b.column_end = min_i32(c->width, (first.x + b.count.x) * c->tile_x + 2);
    b.plane_row = winograd_in_row(c->tile_x, b.count.x);
    b.plane_tile = (b.row_end - b.row) * b.plane_row;
    b.plane_block = b.count.z * b.plane_tile;
    b.plane_point = c->in_blocks * b.plane_block + NN_LANES;
    b.result_row = winograd_out_row(c->tile_x, b.count.x);
    b.result_tile = b.count.y * c->tile_y * b.result_row;
    b.result_block = b.count.z * b.result_tile;
    b.result_point = c->out_blocks * b.result_block + NN_LANES;
    b.results = buffers + (c->tile_z + 4) * b.plane_point;
    return b;
}

static winograd_block nth_block(const nn_winograd *c, const block_cut *cut, int64_t index, float *buffers) {
    const int32_t x = (int32_t)(index % cut->blocks.x), zy = (int32_t)(index / cut->blocks.x);
    const extent first = {
        zy / cut->blocks.y * cut->block.z, zy % cut->blocks.y * cut->block.y, x * cut->block.x};
    return open_block(c, cut->tiles, first, cut->block, buffers);
}

/// Floats of the planes and results of the largest block: one in the middle of a map that has all its input rows.
static int64_t buffer_floats(const nn_winograd *c, const block_cut *cut) {
    const int64_t tiles_in = cut->block.z * (int64_t)(cut->block.y * c->tile_y + 4);
    const int64_t tiles_out = cut->block.z * (int64_t)(cut->block.y * c->tile_y);
    return (c->tile_z + 4)
        * (c->in_blocks * tiles_in * winograd_in_row(c->tile_x, cut->block.x)
            + c->out_blocks * tiles_out * winograd_out_row(c->tile_x, cut->block.x) + 2 * NN_LANES);
}

/// Floats of one thread besides those buffers: z back needs a few rows, the planes their own scratch memory.
static int64_t worker_floats(const nn_winograd *c, const block_cut *cut) {
    const winograd_planes p = planes_of(NULL, c, cut->block);
    const int64_t rows = (c->tile_z + 1) * winograd_in_row(c->tile_x, cut->block.x);
    return max_i64(winograd_planes_scratch(&p), rows);
}

size_t nn_winograd_scratch(const nn_winograd *c, int32_t threads) {
    const block_cut cut = cut_map(c, threads);
    const int64_t buffers = buffer_floats(c, &cut), worker = worker_floats(c, &cut);
    return sizeof(float) * (size_t)(cut.shared ? buffers + threads * worker : threads * (buffers + worker));
}

/// All z points of one block of channels and one tile along z.
static void forward_z(
    const winograd_job *job, const winograd_block *b, int32_t in_block, int32_t tile, float *zeros) {
    const nn_winograd *c = job->c;
    const int64_t columns = b->column_end - b->column;
    const int64_t before = b->column - (b->first.x * c->tile_x - 2);
    const int64_t after = b->plane_row / NN_LANES - before - columns;
    for (int64_t i = 0; i < columns * NN_LANES; i++) zeros[i] = 0;
    for (int32_t y = b->row; y < b->row_end; y++) {
        const float *taps[MOST_POINTS];
        for (int32_t j = 0; j < c->tile_z + 4; j++) {
            const int32_t z = (b->first.z + tile) * c->tile_z - 2 + j;
            taps[j] = z >= 0 && z < c->depth
                ? job->input + in_block * c->in_block + z * c->in_plane + y * c->in_row + b->column * NN_LANES : zeros;
        }
        float *row = b->planes + in_block * b->plane_block + tile * b->plane_tile + (y - b->row) * b->plane_row;
        job->kernels->winograd_forward(
            c->tile_z, (int32_t)columns, taps, NN_LANES, row + before * NN_LANES, b->plane_point, NN_LANES);
        for (int32_t pz = 0; pz < c->tile_z + 4; pz++, row += b->plane_point) {
            for (int64_t i = 0; i < before * NN_LANES; i++) row[i] = 0;
            for (int64_t i = 0; i < after * NN_LANES; i++) row[(before + columns) * NN_LANES + i] = 0;
        }
    }
}

static void run_planes(
    const winograd_job *job, const winograd_block *b, int32_t pz, int32_t first_panel, int32_t last_panel,
    float *scratch) {
    const nn_winograd *c = job->c;
    const winograd_planes p = planes_of(job->kernels, c, b->count);
    const winograd_source source = {
        b->planes + pz * b->plane_point, b->plane_block, b->plane_tile, b->plane_row,
        b->first.y * c->tile_y - 2 - b->row, b->row_end - b->row};
    const winograd_target target = {
        b->results + pz * b->result_point, b->result_block, b->result_tile, b->result_row};
    const int64_t weights = nn_winograd_packed_count(c->in_blocks, c->out_blocks, c->tile_z, c->tile_y, c->tile_x);
    winograd_planes_run(
        &p, source, c->weights + weights / (c->tile_z + 4) * pz, first_panel, last_panel, target, scratch);
}

/// Bias, activations and residual of one block of channels and one tile along z, and the way out.
static void inverse_z(
    const winograd_job *job, const winograd_block *b, int32_t out_block, int32_t tile, float *rows) {
    const nn_winograd *c = job->c;
    const int32_t first_x = b->first.x * c->tile_x, first_z = (b->first.z + tile) * c->tile_z;
    const int32_t columns = min_i32(c->width - first_x, b->count.x * c->tile_x);
    const int32_t first_y = b->first.y * c->tile_y;
    const int32_t height = min_i32(c->height - first_y, b->count.y * c->tile_y);
    const float *results = b->results + out_block * b->result_block + tile * b->result_tile;
    for (int32_t y = 0; y < height; y++, results += b->result_row) {
        job->kernels->winograd_inverse(
            c->tile_z, columns, results, b->result_point, NN_LANES, rows, b->result_row, NN_LANES);
        for (int32_t z = 0; z < min_i32(c->tile_z, c->depth - first_z); z++) {
            const int64_t at = out_block * c->out_block + (first_z + z) * c->out_plane + (first_y + y) * c->out_row
                + first_x * NN_LANES;
            const nn_epilogue e = {
                .bias = c->bias + out_block * NN_LANES,
                .residual = job->residual ? job->residual + at : NULL,
                .output = job->output + at,
                .column_stride = NN_LANES,
                .first = c->first,
                .second = c->second,
            };
            job->kernels->epilogue(columns, 1, rows + z * b->result_row, &e);
        }
    }
}

static float *own_buffer(const winograd_job *job, int32_t worker) {
    return job->own_buffers + worker * job->own_stride;
}

static void own_task(void *context, int32_t worker, int64_t index) {
    const winograd_job *job = context;
    const nn_winograd *c = job->c;
    float *scratch = own_buffer(job, worker);
    const winograd_block b = nth_block(c, &job->cut, index, scratch + worker_floats(c, &job->cut));
    for (int32_t in_block = 0; in_block < c->in_blocks; in_block++)
        for (int32_t tile = 0; tile < b.count.z; tile++) forward_z(job, &b, in_block, tile, scratch);
    for (int32_t pz = 0; pz < c->tile_z + 4; pz++) run_planes(job, &b, pz, 0, panel_count(c), scratch);
    for (int32_t out_block = 0; out_block < c->out_blocks; out_block++)
        for (int32_t tile = 0; tile < b.count.z; tile++) inverse_z(job, &b, out_block, tile, scratch);
}

static void forward_task(void *context, int32_t worker, int64_t index) {
    const winograd_job *job = context;
    const int32_t tiles = job->block.count.z;
    forward_z(job, &job->block, (int32_t)(index / tiles), (int32_t)(index % tiles), own_buffer(job, worker));
}

static void planes_task(void *context, int32_t worker, int64_t index) {
    const winograd_job *job = context;
    const int32_t pz = (int32_t)(index / job->panel_groups), group = (int32_t)(index % job->panel_groups);
    const int32_t panels = panel_count(job->c);
    run_planes(
        job, &job->block, pz, panels * group / job->panel_groups, panels * (group + 1) / job->panel_groups,
        own_buffer(job, worker));
}

static void inverse_task(void *context, int32_t worker, int64_t index) {
    const winograd_job *job = context;
    const int32_t tiles = job->block.count.z;
    inverse_z(job, &job->block, (int32_t)(index / tiles), (int32_t)(index % tiles), own_buffer(job, worker));
}

/// Every group of panels transforms its input anew, so there are only as many as keep the threads busy.
static int32_t panel_groups(const nn_winograd *c, int32_t threads) {
    return min_i32(panel_count(c), ceil_div(2 * threads, c->tile_z + 4));
}

void nn_winograd_run(
    const nn_kernels *kernels, nn_pool *pool, const nn_winograd *c, const float *input, float *output,
    const float *residual, void *scratch) {
    assert((uintptr_t)scratch % 64 == 0);
    const int32_t threads = nn_pool_threads(pool);
    winograd_job job = {.kernels = kernels, .c = c, .input = input, .output = output, .residual = residual,
        .cut = cut_map(c, threads), .panel_groups = panel_groups(c, threads)};
    const int64_t buffers = buffer_floats(c, &job.cut), worker = worker_floats(c, &job.cut);
    const int64_t blocks = (int64_t)job.cut.blocks.z * job.cut.blocks.y * job.cut.blocks.x;
    job.own_buffers = scratch;
    job.own_stride = job.cut.shared ? worker : buffers + worker;
    if (!job.cut.shared) {
        nn_pool_for(pool, blocks, own_task, &job);
        return;
    }
    for (int64_t index = 0; index < blocks; index++) {
        job.block = nth_block(c, &job.cut, index, (float *)scratch + threads * worker);
        nn_pool_for(pool, (int64_t)c->in_blocks * job.block.count.z, forward_task, &job);
        nn_pool_for(pool, (int64_t)(c->tile_z + 4) * job.panel_groups, planes_task, &job);
        nn_pool_for(pool, (int64_t)c->out_blocks * job.block.count.z, inverse_task, &job);
    }
}
