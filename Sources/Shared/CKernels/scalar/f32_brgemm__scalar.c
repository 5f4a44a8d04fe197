// Definition of the batch-reduced product and its epilogue.
#include "scalar.h"

void nn_f32_brgemm__scalar(
    int32_t rows, int32_t blocks, const nn_segment *segments, int32_t count, const float *a, int32_t a_step,
    const float *b, float *tile) {
    const int32_t width = 16 * blocks;
    for (int32_t r = 0; r < rows; r++) {
        for (int32_t n = 0; n < width; n++) {
            float sum = 0;
            for (int32_t s = 0; s < count; s++)
                for (uint32_t k = 0; k < segments[s].k; k++)
                    sum += a[(int64_t)segments[s].a + r * a_step + k] * b[segments[s].b + (int64_t)k * width + n];
            tile[r * width + n] = sum;
        }
    }
}

float nn_f32_activate__scalar(float x, nn_activation activation) {
    switch (activation) {
    case NN_ACTIVATION_SILU2: return x / (1 + exp2f(x));
    case NN_ACTIVATION_ELU: return x <= 0 ? expf(x) - 1 : x;
    case NN_ACTIVATION_NONE: return x;
    }
    return x;
}

void nn_f32_epilogue__scalar(int32_t rows, int32_t blocks, const float *tile, const nn_epilogue *e) {
    const float *residual = e->residual;
    float *output = e->output;
    for (int32_t r = 0; r < rows; r++) {
        for (int32_t n = 0; n < 16 * blocks; n++) {
            const int64_t at = (n / 16) * e->block_stride + r * e->column_stride + n % 16;
            float y = nn_f32_activate__scalar(tile[r * 16 * blocks + n] + e->bias[n], e->first);
            if (residual) y = nn_f32_activate__scalar(y + residual[at], e->second);
            output[at] = y;
        }
    }
}
