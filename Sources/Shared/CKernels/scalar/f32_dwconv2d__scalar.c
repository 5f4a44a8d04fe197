// Definition of the depthwise convolution with bias, SiLU and the sum for the squeeze step.
#include "scalar.h"

void nn_f32_dwconv2d__scalar(
    const nn_dwconv2d *d, int32_t block, int32_t row, int32_t row_end, const float *input, float *output, float *sum) {
    const int32_t k = d->kernel;
    for (int32_t y = row; y < row_end; y++) {
        for (int32_t x = 0; x < d->out_width; x++) {
            for (int32_t lane = 0; lane < 16; lane++) {
                float value = d->bias[block * 16 + lane];
                for (int32_t tap = 0; tap < k * k; tap++) {
                    const int32_t in_y = y * d->stride - d->padding_top + tap / k;
                    const int32_t in_x = x * d->stride - d->padding_left + tap % k;
                    if (in_y < 0 || in_y >= d->in_height || in_x < 0 || in_x >= d->in_width) continue;
                    value += input[((int64_t)in_y * d->in_width + in_x) * 16 + lane]
                        * d->weights[((int64_t)block * k * k + tap) * 16 + lane];
                }
                value = nn_f32_activate__scalar(value, NN_ACTIVATION_SILU);
                sum[lane] += value;
                output[((int64_t)y * d->out_width + x) * 16 + lane] = value;
            }
        }
    }
}
