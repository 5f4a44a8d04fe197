// Definition of the 1-D Winograd transforms, products with the matrices of scripts/winograd.py, and of the sum of z taps.
#include "../nn_winograd_matrices.h"
#include "scalar.h"

static const float *forward_row(int32_t tile, int32_t point) {
    return tile == 4 ? winograd_forward_4[point] : winograd_forward_2[point];
}
static const float *inverse_row(int32_t tile, int32_t output) {
    return tile == 4 ? winograd_inverse_4[output] : winograd_inverse_2[output];
}

void nn_f32_winograd_forward__scalar(
    int32_t tile, int32_t count, const float *const *taps, int64_t tap_step, float *out, int64_t point_stride,
    int64_t out_step) {
    for (int32_t i = 0; i < count * 16; i++) {
        for (int32_t point = 0; point < tile + 4; point++) {
            float sum = 0;
            for (int32_t j = 0; j < tile + 4; j++)
                sum += forward_row(tile, point)[j] * taps[j][i / 16 * tap_step + i % 16];
            out[i / 16 * out_step + point * point_stride + i % 16] = sum;
        }
    }
}

void nn_f32_winograd_inverse__scalar(
    int32_t tile, int32_t count, const float *in, int64_t point_stride, int64_t in_step, float *out,
    int64_t row_stride, int64_t out_step) {
    for (int32_t i = 0; i < count * 16; i++) {
        for (int32_t row = 0; row < tile; row++) {
            float sum = 0;
            for (int32_t j = 0; j < tile + 4; j++)
                sum += inverse_row(tile, row)[j] * in[i / 16 * in_step + j * point_stride + i % 16];
            out[i / 16 * out_step + row * row_stride + i % 16] = sum;
        }
    }
}

void nn_f32_sum_taps__scalar(int32_t count, int32_t taps, const float *const *from, float *out) {
    for (int32_t i = 0; i < count * 16; i++) {
        out[i] = 0;
        for (int32_t tap = 0; tap < taps; tap++) out[i] += from[tap][i];
    }
}
