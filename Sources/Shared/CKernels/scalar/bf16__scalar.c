// Definition of the bfloat16 kernels: those of float32 on rounded operands.
#include <string.h>

#include "../nn_tables.h"
#include "scalar.h"

uint16_t nn_bf16_rounded(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if (x != x) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static float widened(uint16_t x) {
    const uint32_t bits = (uint32_t)x << 16;
    float wide;
    memcpy(&wide, &bits, sizeof wide);
    return wide;
}

static void brgemm(
    int32_t rows, int32_t blocks, const nn_segment *segments, int32_t count, const uint16_t *a, const uint16_t *b,
    float *tile) {
    const int32_t width = 16 * blocks;
    for (int32_t r = 0; r < rows; r++) {
        for (int32_t n = 0; n < width; n++) {
            float sum = 0;
            for (int32_t s = 0; s < count; s++)
                for (uint32_t k = 0; k < segments[s].k; k++)
                    sum += widened(a[(int64_t)segments[s].a + r * 16 + k])
                        * widened(b[segments[s].b + (int64_t)(k / 2) * 2 * width + 2 * n + k % 2]);
            tile[r * width + n] = sum;
        }
    }
}

static void epilogue(int32_t rows, int32_t blocks, const float *tile, const nn_epilogue *e) {
    uint16_t *output = e->output;
    const uint16_t *residual = e->residual;
    for (int32_t r = 0; r < rows; r++) {
        for (int32_t n = 0; n < 16 * blocks; n++) {
            const int64_t at = (n / 16) * e->block_stride + r * e->column_stride + n % 16;
            float y = nn_f32_activate__scalar(tile[r * 16 * blocks + n] + e->bias[n], e->first);
            if (residual) y = nn_f32_activate__scalar(y + widened(residual[at]), e->second);
            output[at] = nn_bf16_rounded(y);
        }
    }
}

static void project(
    int32_t rows, int32_t blocks, const nn_segment *segments, int32_t count, const uint16_t *a, const uint16_t *b,
    const nn_epilogue *e) {
    float sums[NN_MAX_TILE_ROWS * NN_MAX_TILE_BLOCKS * 16];
    brgemm(rows, blocks, segments, count, a, b, sums);
    epilogue(rows, blocks, sums, e);
}

static nn_bf16_pair paired(uint16_t even, uint16_t odd) { return even | (uint32_t)odd << 16; }

static void activate_pairs(const nn_bf16_columns *c) {
    for (int32_t v = 0; v < c->blocks; v++) {
        for (int32_t i = 0; i < c->pairs * 16; i++) {
            const float *even = c->tile + (v * c->pairs + i / 16) * 32 + i % 16;
            c->output[v * c->block_stride + i] = paired(
                nn_bf16_rounded(nn_f32_activate__scalar(even[0], NN_ACTIVATION_SILU2)),
                nn_bf16_rounded(nn_f32_activate__scalar(even[16], NN_ACTIVATION_SILU2)));
        }
    }
}

static void expand(
    int32_t rows, int32_t blocks, const nn_segment *segments, int32_t count, const uint16_t *a, const uint16_t *b,
    const float *bias, float *tile, const nn_bf16_columns *before) {
    activate_pairs(before);
    float sums[NN_EXPAND_ROWS * NN_MAX_TILE_BLOCKS * 16];
    brgemm(rows, blocks, segments, count, a, b, sums);
    for (int32_t r = 0; r < rows; r++)
        for (int32_t n = 0; n < 16 * blocks; n++)
            tile[(n / 16 * ((rows + 1) / 2 * 2) + r) * 16 + n % 16] = sums[r * 16 * blocks + n] + bias[n];
}

static float product(nn_bf16_pair a, nn_bf16_pair b) {
    return widened((uint16_t)a) * widened((uint16_t)b) + widened((uint16_t)(a >> 16)) * widened((uint16_t)(b >> 16));
}

static void dwconv2d(
    const nn_dwconv2d *d, int32_t block, int32_t count, const nn_bf16_pair *const *rows, uint16_t *output,
    float *sum) {
    const int32_t k = d->kernel, steps = (k + 1) / 2;
    for (int32_t at = 0; at < count * d->out_width; at++) {
        const int32_t y = at / d->out_width * d->stride, x = at % d->out_width;
        const int32_t first = d->padding_left % 2 + x * d->stride;
        for (int32_t lane = 0; lane < 16; lane++) {
            const nn_bf16_pair *weights =
                (const nn_bf16_pair *)d->weights + (block * 2 + first % 2) * k * steps * 16 + lane;
            float value = d->bias[block * 16 + lane];
            for (int32_t i = 0; i < k; i++)
                for (int32_t j = 0; j < steps; j++, weights += 16)
                    value += product(rows[y + i][(first / 2 + j) * 16 + lane], *weights);
            value = nn_f32_activate__scalar(value, NN_ACTIVATION_SILU2);
            sum[lane] += value;
            output[at * 16 + lane] = nn_bf16_rounded(value);
        }
    }
}

static void scale_rows(int64_t rows, int32_t blocks, const float *scale, const uint16_t *in, uint16_t *out) {
    const int64_t width = 16 * blocks;
    for (int64_t i = 0; i < rows * width; i++)
        out[i] = nn_bf16_rounded(scale[i / (2 * width) * 2 + i % 2] * widened(in[i]));
}

static void scale_lanes(int64_t count, const float *scale, uint16_t *x) {
    for (int64_t i = 0; i < count * 16; i++) x[i] = nn_bf16_rounded(scale[i % 16] * widened(x[i]));
}

static void pair_columns(int64_t count, const uint16_t *in, nn_bf16_pair *out) {
    for (int64_t x = 0; x < count; x += 2)
        for (int64_t lane = 0; lane < 16; lane++)
            out[x / 2 * 16 + lane] = paired(in[x * 16 + lane], x + 1 < count ? in[(x + 1) * 16 + lane] : 0);
}

static float peak(int64_t rounds) { return nn_f32_peak__scalar(2 * rounds); }

const nn_bf16_kernels nn_bf16_table__scalar = {
    .brgemm = brgemm,
    .project = project,
    .epilogue = epilogue,
    .expand = expand,
    .activate_pairs = activate_pairs,
    .dwconv2d = dwconv2d,
    .scale_rows = scale_rows,
    .scale_lanes = scale_lanes,
    .pair_columns = pair_columns,
    .peak = peak,
    .peak_chains = 1,
};
