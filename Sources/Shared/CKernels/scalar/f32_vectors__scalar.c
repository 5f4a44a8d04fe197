// Definition of the small operations around squeeze and excitation.
#include "scalar.h"

void nn_f32_gemv__scalar(int32_t outputs, int32_t inputs, const float *w, const float *x, float *y) {
    for (int32_t j = 0; j < outputs; j++) {
        y[j] = 0;
        for (int32_t i = 0; i < inputs; i++) y[j] += w[(int64_t)j * inputs + i] * x[i];
    }
}

void nn_f32_gemv_transposed__scalar(
    int32_t outputs, int32_t inputs, const float *w, const float *x, const float *bias, float *y) {
    for (int32_t i = 0; i < outputs; i++) {
        y[i] = bias[i];
        for (int32_t j = 0; j < inputs; j++) y[i] += x[j] * w[(int64_t)j * outputs + i];
    }
}

void nn_f32_silu__scalar(int64_t count, float *x) {
    for (int64_t i = 0; i < count; i++) x[i] = x[i] / (1 + expf(-x[i]));
}

void nn_f32_sigmoid__scalar(int64_t count, float *x) {
    for (int64_t i = 0; i < count; i++) x[i] = 1 / (1 + expf(-x[i]));
}

void nn_f32_scale_rows__scalar(int64_t rows, int32_t blocks, const float *scale, const float *in, float *out) {
    const int64_t width = 16 * blocks;
    for (int64_t i = 0; i < rows * width; i++) out[i] = scale[i / width] * in[i];
}

void nn_f32_scale_lanes__scalar(int64_t count, const float *scale, float *x) {
    for (int64_t i = 0; i < count * 16; i++) x[i] *= scale[i % 16];
}

float nn_f32_peak__scalar(int64_t rounds) {
    float sums[16] = {0};
    for (int64_t i = 0; i < rounds; i++)
        for (int32_t lane = 0; lane < 16; lane++) sums[lane] = sums[lane] * 0.5f + 0.5f;
    return sums[0];
}
