// Definition of the paired products and of what they start from.
#include "../nn_pairs.h"
#include "scalar.h"

/// start + the products of one pair of blocks for one output; w: its 32 rows of weights from that output's column on.
static float paired(const float *x1, const float *x2, const float *w, int32_t width, float sum) {
    for (int32_t lane = 0; lane < NN_LANES; lane++) {
        const float w1 = w[nn_paired_row(0, lane) * width], w2 = w[nn_paired_row(1, lane) * width];
        if (lane >= NN_PAIRED_LANES) sum += x1[lane] * w1 + x2[lane] * w2;
        else if (lane % 2 == 0) sum += (w2 + x1[lane]) * (w1 + x2[lane]);
        else sum -= (w2 - x1[lane]) * (w1 - x2[lane]);
    }
    return sum;
}

void nn_f32_brgemm_paired__scalar(
    int32_t rows, int32_t blocks, const nn_pairs *p, const float *a, const float *b, const float *start, float *tile) {
    const int32_t width = NN_LANES * blocks;
    for (int32_t r = 0; r < rows; r++) {
        for (int32_t n = 0; n < width; n++) {
            const float *x = a + r * NN_LANES, *w = b + n;
            float sum = start[r];
            for (int32_t i = 0; i < p->pairs; i++, x += 2 * p->block, w += 2 * NN_LANES * width)
                sum = paired(x, x + p->block, w, width, sum);
            for (int32_t i = 0; i < p->rest; i++, x += p->block, w += NN_LANES * width)
                for (int32_t k = 0; k < p->used[i]; k++) sum += x[k] * w[k * width];
            tile[r * width + n] = sum;
        }
    }
}

void nn_f32_start_pairs__scalar(int64_t positions, const nn_pairs *p, const float *scale, float *a, float *start) {
    const int32_t blocks = 2 * p->pairs + p->rest;
    for (int32_t b = 0; scale && b < blocks; b++)
        for (int64_t i = 0; i < positions * NN_LANES; i++) a[b * p->block + i] *= scale[b * NN_LANES + i % NN_LANES];
    for (int64_t r = 0; r < positions; r++) {
        start[r] = 0;
        for (int32_t i = 0; i < p->pairs; i++) {
            const float *x1 = a + 2 * i * p->block + r * NN_LANES, *x2 = x1 + p->block;
            for (int32_t lane = 0; lane < NN_PAIRED_LANES; lane++)
                start[r] += lane % 2 ? x1[lane] * x2[lane] : -x1[lane] * x2[lane];
        }
    }
}
