// Definition of the depthwise convolution with bias, SILU2 and the sum for the squeeze step.
#include "scalar.h"

void nn_f32_dwconv2d__scalar(
    const nn_dwconv2d *d, int32_t block, const float *const *rows, float *output, float *sum) {
    const int32_t k = d->kernel;
    const float *weights = d->weights;
    for (int32_t x = 0; x < d->out_width; x++) {
        for (int32_t lane = 0; lane < 16; lane++) {
            float value = d->bias[block * 16 + lane];
            for (int32_t tap = 0; tap < k * k; tap++)
                value += rows[tap / k][(x * d->stride + tap % k) * 16 + lane]
                    * weights[((int64_t)block * k * k + tap) * 16 + lane];
            value = nn_f32_activate__scalar(value, NN_ACTIVATION_SILU2);
            sum[lane] += value;
            output[x * 16 + lane] = value;
        }
    }
}
