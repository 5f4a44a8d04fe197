// Weights in the domain of the products, in the order in which the products read them.
#include "nn_winograd.h"
#include "nn_winograd_matrices.h"
#include "nn_winograd_planes.h"

enum { TAPS = 5, PLANE = TAPS * TAPS, KERNEL = TAPS * PLANE, MOST_POINTS = 8 };

typedef struct {
    int32_t in_blocks, out_blocks, tile_blocks;
    int32_t tile[3];                // z, y, x
    const int32_t *tap_of_lane;     // where z is not transformed: the z tap of each output lane
    const int32_t *out_channels, *in_channels;
    const float *source;
    int32_t source_inputs;
    const float *scale;
    float *packed;
} pack_job;

int64_t nn_winograd_packed_count(
    int32_t in_blocks, int32_t out_blocks, int32_t tile_z, int32_t tile_y, int32_t tile_x) {
    return (int64_t)(tile_z + 4) * (tile_y + 4) * (tile_x + 4) * in_blocks * out_blocks * NN_LANES * NN_LANES;
}

/// out[before][point][after] = Σ_k G[point][k] · in[before][k][after].
static void transform_axis(int32_t tile, int32_t before, int32_t after, const double *in, double *out) {
    const double *matrix = tile == 4 ? winograd_kernel_4[0] : winograd_kernel_2[0];
    for (int32_t b = 0; b < before; b++, in += TAPS * after) {
        for (int32_t point = 0; point < tile + 4; point++, out += after) {
            const double *g = matrix + point * TAPS;
            for (int32_t i = 0; i < after; i++)
                out[i] = g[0] * in[i] + g[1] * in[after + i] + g[2] * in[2 * after + i] + g[3] * in[3 * after + i]
                    + g[4] * in[4 * after + i];
        }
    }
}

/// The weights from one input lane to the 16 outputs of a block: taps[tap][output], 125 taps or the 25 of a plane.
static void gather(const pack_job *job, int32_t in_lane, int32_t block, double *taps) {
    const int32_t in_channel = job->in_channels[in_lane];
    const int32_t count = job->tap_of_lane ? PLANE : KERNEL;
    for (int32_t lane = 0; lane < NN_LANES; lane++) {
        const int32_t out_channel = job->out_channels[block * NN_LANES + lane];
        if (in_channel < 0 || out_channel < 0) {
            for (int32_t tap = 0; tap < count; tap++) taps[tap * NN_LANES + lane] = 0;
            continue;
        }
        const float *from = job->source + ((int64_t)out_channel * job->source_inputs + in_channel) * KERNEL;
        if (job->tap_of_lane) from += job->tap_of_lane[block * NN_LANES + lane] * PLANE;
        const double scale = job->scale[out_channel];
        for (int32_t tap = 0; tap < count; tap++) taps[tap * NN_LANES + lane] = from[tap] * scale;
    }
}

/// All input lanes of one block to all outputs of one panel.
static void pack_task(void *context, int32_t worker, int64_t index) {
    (void)worker;
    const pack_job *job = context;
    const int32_t panel = (int32_t)(index / job->in_blocks), in_block = (int32_t)(index % job->in_blocks);
    const int32_t first = panel * job->tile_blocks;
    const int32_t blocks = job->out_blocks - first < job->tile_blocks ? job->out_blocks - first : job->tile_blocks;
    const int32_t nz = job->tap_of_lane ? 1 : job->tile[0] + 4, ny = job->tile[1] + 4, nx = job->tile[2] + 4;
    const int64_t in_lanes = (int64_t)job->in_blocks * NN_LANES;
    const int64_t point_stride = in_lanes * job->out_blocks * NN_LANES;
    double taps[KERNEL * NN_LANES], z[MOST_POINTS * PLANE * NN_LANES];
    double zy[MOST_POINTS * MOST_POINTS * TAPS * NN_LANES];
    double zyx[MOST_POINTS * MOST_POINTS * MOST_POINTS * NN_LANES];
    for (int32_t lane = in_block * NN_LANES; lane < (in_block + 1) * NN_LANES; lane++) {
        for (int32_t v = 0; v < blocks; v++) {
            gather(job, lane, first + v, taps);
            if (!job->tap_of_lane) transform_axis(job->tile[0], 1, PLANE * NN_LANES, taps, z);
            transform_axis(job->tile[1], nz, TAPS * NN_LANES, job->tap_of_lane ? taps : z, zy);
            transform_axis(job->tile[2], nz * ny, NN_LANES, zy, zyx);
            float *to = job->packed + first * in_lanes * NN_LANES + (lane * blocks + v) * NN_LANES;
            for (int32_t point = 0; point < nz * ny * nx; point++, to += point_stride)
                for (int32_t i = 0; i < NN_LANES; i++) to[i] = (float)zyx[point * NN_LANES + i];
        }
    }
}

static void pack(nn_pool *pool, pack_job *job) {
    const int64_t panels = (job->out_blocks + job->tile_blocks - 1) / job->tile_blocks;
    nn_pool_for(pool, panels * job->in_blocks, pack_task, job);
}

void nn_winograd_pack(
    nn_pool *pool, int32_t in_blocks, int32_t out_blocks, int32_t tile_z, int32_t tile_y, int32_t tile_x,
    int32_t tile_blocks, const int32_t *out_channels, const int32_t *in_channels, const float *source,
    int32_t source_inputs, const float *scale, float *packed) {
    pack_job job = {in_blocks, out_blocks, tile_blocks, {tile_z, tile_y, tile_x}, NULL, out_channels, in_channels,
        source, source_inputs, scale, packed};
    pack(pool, &job);
}

void winograd_pack_planes(
    nn_pool *pool, int32_t in_blocks, int32_t out_blocks, int32_t tile_y, int32_t tile_x, int32_t tile_blocks,
    const int32_t *channel_of_lane, const int32_t *tap_of_lane, const int32_t *in_channels, const float *source,
    int32_t source_inputs, const float *scale, float *packed) {
    pack_job job = {in_blocks, out_blocks, tile_blocks, {0, tile_y, tile_x}, tap_of_lane, channel_of_lane, in_channels,
        source, source_inputs, scale, packed};
    pack(pool, &job);
}
