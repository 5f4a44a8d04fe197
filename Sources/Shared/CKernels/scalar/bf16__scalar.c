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

static nn_bf16_pair paired(nn_bf16_pair before, uint16_t x) { return before >> 16 | (uint32_t)x << 16; }

static void epilogue_pairs(int32_t rows, int32_t blocks, const float *tile, const nn_epilogue *e) {
    nn_bf16_pair *output = e->output;
    for (int32_t r = 0; r < rows; r++) {
        for (int32_t n = 0; n < 16 * blocks; n++) {
            const int64_t at = (n / 16) * e->block_stride + r * e->column_stride + n % 16;
            const float y = nn_f32_activate__scalar(tile[r * 16 * blocks + n] + e->bias[n], NN_ACTIVATION_SILU2);
            output[at] = paired(output[at - e->column_stride], nn_bf16_rounded(y));
        }
    }
}

static float product(nn_bf16_pair a, nn_bf16_pair b) {
    return widened((uint16_t)a) * widened((uint16_t)b) + widened((uint16_t)(a >> 16)) * widened((uint16_t)(b >> 16));
}

static void dwconv2d(
    const nn_dwconv2d *d, int32_t block, const nn_bf16_pair *const *rows, uint16_t *output, float *sum) {
    const int32_t k = d->kernel, pairs = (k + 1) / 2;
    for (int32_t x = 0; x < d->out_width; x++) {
        for (int32_t lane = 0; lane < 16; lane++) {
            const nn_bf16_pair *weights = (const nn_bf16_pair *)d->weights + block * k * pairs * 16 + lane;
            float value = d->bias[block * 16 + lane];
            for (int32_t i = 0; i < k; i++) {
                for (int32_t j = 0; j < pairs; j++, weights += 16) {
                    const int32_t column = x * d->stride + (j == pairs - 1 ? k - 1 : 2 * j + 1);
                    value += product(rows[i][column * 16 + lane], *weights);
                }
            }
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

static void pair_columns(int64_t count, const uint16_t *in, nn_bf16_pair *out) {
    for (int64_t i = 0; i < count * 16; i++) out[i] = paired(out[i - 16], in[i]);
}

static float peak(int64_t rounds) { return nn_f32_peak__scalar(2 * rounds); }

const nn_bf16_kernels nn_bf16_table__scalar = {
    .brgemm = brgemm,
    .epilogue = epilogue,
    .epilogue_pairs = epilogue_pairs,
    .dwconv2d = dwconv2d,
    .scale_rows = scale_rows,
    .scale_lanes = scale_lanes,
    .pair_columns = pair_columns,
    .peak = peak,
    .peak_chains = 1,
};
