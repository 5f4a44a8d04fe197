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

static void dwconv2d(const nn_dwconv2d *d, int32_t block, const float *const *rows, uint16_t *output, float *sum) {
    const int32_t k = d->kernel;
    for (int32_t x = 0; x < d->out_width; x++) {
        for (int32_t lane = 0; lane < 16; lane++) {
            float value = d->bias[block * 16 + lane];
            for (int32_t tap = 0; tap < k * k; tap++)
                value += rows[tap / k][(x * d->stride + tap % k) * 16 + lane]
                    * d->weights[((int64_t)block * k * k + tap) * 16 + lane];
            value = nn_f32_activate__scalar(value, NN_ACTIVATION_SILU2);
            sum[lane] += value;
            output[x * 16 + lane] = nn_bf16_rounded(value);
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

static void widen(int64_t count, const uint16_t *in, float *out) {
    for (int64_t i = 0; i < count * 16; i++) out[i] = widened(in[i]);
}

static float peak(int64_t rounds) { return nn_f32_peak__scalar(2 * rounds); }

const nn_bf16_kernels nn_bf16_table__scalar = {
    .brgemm = brgemm,
    .epilogue = epilogue,
    .epilogue_f32 = nn_f32_epilogue__scalar,
    .dwconv2d = dwconv2d,
    .scale_rows = scale_rows,
    .scale_lanes = scale_lanes,
    .widen = widen,
    .peak = peak,
    .peak_chains = 1,
};
