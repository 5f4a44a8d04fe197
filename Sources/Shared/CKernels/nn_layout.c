// Between the caller's planar tensors and blocked activations.
#include <string.h>
#include "nn_convolution.h"

void nn_import_planar(
    int64_t rows, int64_t width, int64_t border_left, int64_t out_row, const float *in, float *out) {
    for (int64_t r = 0; r < rows; r++, in += width, out += out_row) {
        memset(out, 0, sizeof(float) * (size_t)border_left);
        memcpy(out + border_left, in, sizeof(float) * (size_t)width);
        memset(out + border_left + width, 0, sizeof(float) * (size_t)(out_row - border_left - width));
    }
}

void nn_zero_borders(int64_t rows, int64_t border, int64_t width, int64_t row_stride, float *data) {
    const size_t bytes = sizeof(float) * (size_t)(border * NN_LANES);
    for (int64_t r = 0; r < rows; r++, data += row_stride) {
        memset(data - border * NN_LANES, 0, bytes);
        memset(data + width * NN_LANES, 0, bytes);
    }
}

void nn_export_features(
    int32_t channels, int64_t count, int64_t block_stride, float factor, const float *in, float *out, float *means) {
    for (int32_t channel = 0; channel < channels; channel++, out += count) {
        const float *from = in + channel / NN_LANES * block_stride + channel % NN_LANES;
        float sum = 0;
        for (int64_t i = 0; i < count; i++) sum += out[i] = factor * from[i * NN_LANES];
        means[channel] = sum / (float)count;
    }
}
