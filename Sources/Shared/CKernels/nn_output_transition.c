// A task is a strip of rows over some of the planes. It walks along z and keeps the convolved planes of the last five
// steps, from which every output plane is summed.
#include <assert.h>
#include "nn_output_transition.h"
#include "nn_winograd_planes.h"

enum { TAPS = 5, TILE = 4, STRIP_TILES = 32, LEAST_PLANES = 16, TASKS_PER_THREAD = 4 };

typedef struct {
    int32_t tiles_y, tiles_x;           // of a strip
    int32_t strips_y, strips_x, chunks; // of the map; chunks along z
} strip_cut;

typedef struct {
    const nn_kernels *kernels;
    const nn_output_transition *c;
    const float *input;
    float *output;
    strip_cut cut;
    float *scratch;
    int64_t scratch_stride;
} output_job;

/// One task and its scratch memory.
typedef struct {
    winograd_planes planes;
    int32_t first_y, first_x;           // rows and columns
    int32_t blocks, channel_blocks;
    int64_t row, block, plane;          // strides of the ring, in floats
    float *zeros, *sums, *ring, *rest;
} output_strip;

static int32_t ceil_div(int32_t a, int32_t b) { return (a + b - 1) / b; }
static int32_t min_i32(int32_t a, int32_t b) { return a < b ? a : b; }
static int32_t max_i32(int32_t a, int32_t b) { return a > b ? a : b; }

/// How many z taps of all channels a block holds, at least one.
static int32_t taps_a_block(int32_t channels) { return max_i32(1, min_i32(TAPS, NN_LANES / channels)); }

/// Where a z tap of a block of channels begins: its lane counted over all blocks.
static int32_t first_lane(int32_t channels, int32_t tap, int32_t channel_block) {
    const int32_t taps = taps_a_block(channels), wide = ceil_div(channels, NN_LANES);
    return (tap / taps * wide + channel_block) * NN_LANES + tap % taps * channels;
}

int32_t nn_output_transition_blocks(int32_t channels) {
    return ceil_div(TAPS, taps_a_block(channels)) * ceil_div(channels, NN_LANES);
}

int64_t nn_output_transition_packed_count(int32_t in_blocks, int32_t channels) {
    return (int64_t)(TILE + 4) * (TILE + 4) * in_blocks * nn_output_transition_blocks(channels) * NN_LANES * NN_LANES;
}

void nn_output_transition_pack(
    nn_pool *pool, int32_t in_blocks, int32_t channels, int32_t tile_blocks, const int32_t *in_channels,
    const float *source, int32_t source_inputs, const float *scale, float *packed) {
    const int32_t blocks = nn_output_transition_blocks(channels);
    int32_t channel_of_lane[TAPS * 64], tap_of_lane[TAPS * 64];
    assert(blocks * NN_LANES <= TAPS * 64);
    for (int32_t lane = 0; lane < blocks * NN_LANES; lane++) channel_of_lane[lane] = -1, tap_of_lane[lane] = 0;
    for (int32_t tap = 0; tap < TAPS; tap++) {
        for (int32_t channel = 0; channel < channels; channel++) {
            const int32_t lane = first_lane(channels, tap, channel / NN_LANES) + channel % NN_LANES;
            channel_of_lane[lane] = channel;
            tap_of_lane[lane] = tap;
        }
    }
    winograd_pack_planes(
        pool, in_blocks, blocks, TILE, TILE, tile_blocks, channel_of_lane, tap_of_lane, in_channels, source,
        source_inputs, scale, packed);
}

static strip_cut cut_map(const nn_output_transition *c, int32_t threads) {
    const int32_t tiles_y = c->height / TILE, tiles_x = c->width / TILE;
    strip_cut cut = {.tiles_x = min_i32(tiles_x, STRIP_TILES)};
    cut.tiles_y = min_i32(tiles_y, STRIP_TILES / cut.tiles_x);
    cut.strips_y = ceil_div(tiles_y, cut.tiles_y);
    cut.strips_x = ceil_div(tiles_x, cut.tiles_x);
    // Every chunk computes four planes more than it gives, so chunks are few and long.
    const int32_t wanted = ceil_div(TASKS_PER_THREAD * threads, cut.strips_y * cut.strips_x);
    cut.chunks = max_i32(1, min_i32(wanted, c->depth / LEAST_PLANES));
    return cut;
}

static output_strip open_strip(
    const nn_kernels *kernels, const nn_output_transition *c, const strip_cut *cut, int32_t strip, float *scratch) {
    const int32_t first_y = strip / cut->strips_x * cut->tiles_y, first_x = strip % cut->strips_x * cut->tiles_x;
    output_strip s = {
        .planes = {kernels, c->in_blocks, nn_output_transition_blocks(c->channels), c->tile_blocks, c->in_used, TILE,
            TILE, 1, min_i32(cut->tiles_y, c->height / TILE - first_y),
            min_i32(cut->tiles_x, c->width / TILE - first_x)},
        .first_y = first_y * TILE,
        .first_x = first_x * TILE,
        .channel_blocks = ceil_div(c->channels, NN_LANES),
    };
    s.blocks = s.planes.out_blocks;
    s.row = winograd_out_row(TILE, s.planes.tiles_x);
    s.block = s.planes.tiles_y * TILE * s.row;
    s.plane = s.blocks * s.block + NN_LANES;  // a vector that begins in the last lanes ends behind the plane
    s.zeros = scratch;
    s.sums = s.zeros + s.row + NN_LANES;
    s.ring = s.sums + s.channel_blocks * s.row;
    s.rest = s.ring + TAPS * s.plane;
    return s;
}

static int64_t strip_floats(const nn_output_transition *c, const strip_cut *cut) {
    float *const nothing = NULL;
    const output_strip s = open_strip(NULL, c, cut, 0, nothing);
    return (s.rest - nothing) + winograd_planes_scratch(&s.planes);
}

size_t nn_output_transition_scratch(const nn_output_transition *c, int32_t threads) {
    const strip_cut cut = cut_map(c, threads);
    return sizeof(float) * (size_t)(threads * strip_floats(c, &cut));
}

/// Convolves one input plane in y and x for all z taps.
static void convolve_plane(const output_job *job, const output_strip *s, int32_t z) {
    const nn_output_transition *c = job->c;
    const winograd_source source = {
        job->input + z * c->in_plane + (s->first_x - 2) * NN_LANES, c->in_block, 0, c->in_row, s->first_y - 2,
        c->height};
    const winograd_target target = {s->ring + z % TAPS * s->plane, s->block, 0, s->row};
    winograd_planes_run(
        &s->planes, source, c->weights, 0, ceil_div(s->blocks, c->tile_blocks), target, s->rest);
}

/// One row of ELU(conv + bias), [channel block][column][16].
static void sum_row(const output_job *job, const output_strip *s, int32_t z, int32_t y) {
    const nn_output_transition *c = job->c;
    const int32_t columns = s->planes.tiles_x * TILE;
    for (int32_t block = 0; block < s->channel_blocks; block++) {
        const float *taps[TAPS];
        for (int32_t tap = 0; tap < TAPS; tap++) {
            const int32_t from = z + tap - 2, lane = first_lane(c->channels, tap, block);
            taps[tap] = from < 0 || from >= c->depth ? s->zeros
                : s->ring + from % TAPS * s->plane + lane / NN_LANES * s->block + y * s->row + lane % NN_LANES;
        }
        float *sums = s->sums + block * s->row;
        job->kernels->sum_taps(columns, TAPS, taps, sums);
        const nn_epilogue e = {
            .bias = c->bias + block * NN_LANES, .output = sums, .column_stride = NN_LANES, .first = NN_ACTIVATION_ELU};
        job->kernels->epilogue(columns, 1, sums, &e);
    }
}

/// The 1×1×1 convolution of one row, from lanes to planar channels.
static void mix_row(const output_job *job, const output_strip *s, int32_t z, int32_t y) {
    const nn_output_transition *c = job->c;
    const int32_t columns = s->planes.tiles_x * TILE;
    for (int32_t j = 0; j < c->channels; j++) {
        float *out = job->output + (((int64_t)j * c->depth + z) * c->height + s->first_y + y) * c->width + s->first_x;
        for (int32_t x = 0; x < columns; x++) {
            float sum = c->mix_bias[j];
            for (int32_t i = 0; i < c->channels; i++)
                sum += c->mix[j * c->channels + i] * s->sums[i / NN_LANES * s->row + x * NN_LANES + i % NN_LANES];
            out[x] = sum;
        }
    }
}

static void run_task(void *context, int32_t worker, int64_t index) {
    const output_job *job = context;
    const nn_output_transition *c = job->c;
    const int32_t chunk = (int32_t)(index % job->cut.chunks), strip = (int32_t)(index / job->cut.chunks);
    const output_strip s = open_strip(
        job->kernels, c, &job->cut, strip, job->scratch + worker * job->scratch_stride);
    const int32_t first = (int32_t)((int64_t)c->depth * chunk / job->cut.chunks);
    const int32_t end = (int32_t)((int64_t)c->depth * (chunk + 1) / job->cut.chunks);
    for (int64_t i = 0; i < s.row + NN_LANES; i++) s.zeros[i] = 0;
    for (int64_t i = 1; i <= TAPS; i++)
        for (int32_t lane = 0; lane < NN_LANES; lane++) s.ring[i * s.plane - NN_LANES + lane] = 0;
    for (int32_t z = max_i32(0, first - 2); z < first + 2 && z < c->depth; z++) convolve_plane(job, &s, z);
    for (int32_t z = first; z < end; z++) {
        if (z + 2 < c->depth) convolve_plane(job, &s, z + 2);
        for (int32_t y = 0; y < s.planes.tiles_y * TILE; y++) {
            sum_row(job, &s, z, y);
            mix_row(job, &s, z, y);
        }
    }
}

void nn_output_transition_run(
    const nn_kernels *kernels, nn_pool *pool, const nn_output_transition *c, const float *input, float *output,
    void *scratch) {
    assert((uintptr_t)scratch % 64 == 0 && c->height % TILE == 0 && c->width % TILE == 0);
    output_job job = {kernels, c, input, output, cut_map(c, nn_pool_threads(pool)), scratch, 0};
    job.scratch_stride = strip_floats(c, &job.cut);
    nn_pool_for(pool, (int64_t)job.cut.strips_y * job.cut.strips_x * job.cut.chunks, run_task, &job);
}
