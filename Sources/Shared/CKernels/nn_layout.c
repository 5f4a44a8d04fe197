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

void nn_export_channel(int64_t count, const float *in, float *out) {
    for (int64_t i = 0; i < count; i++) out[i] = in[i * NN_LANES];
}

void nn_mean_of_blocks(int32_t blocks, int64_t count, int64_t block_stride, const float *in, float *mean) {
    for (int32_t b = 0; b < blocks; b++) {
        float sum[NN_LANES] = {0};
        for (int64_t i = 0; i < count; i++)
            for (int lane = 0; lane < NN_LANES; lane++) sum[lane] += in[b * block_stride + i * NN_LANES + lane];
        for (int lane = 0; lane < NN_LANES; lane++) mean[b * NN_LANES + lane] = sum[lane] / (float)count;
    }
}
