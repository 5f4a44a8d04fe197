// Weights in the order in which the kernels read them.
#include <string.h>
#include "nn_bf16.h"
#include "nn_convolution.h"

int64_t nn_packed_count(int32_t in_blocks, int32_t in_lanes, int32_t taps, int32_t out_blocks) {
    return (int64_t)in_blocks * in_lanes * taps * out_blocks * NN_LANES;
}

int32_t nn_tile_blocks(const nn_kernels *kernels, int32_t out_blocks) {
    const int32_t widest = kernels->max_tile_blocks;
    if (out_blocks <= widest) return out_blocks;
    // The widest width that divides, else the one whose last panel is fullest.
    for (int32_t blocks = widest; blocks > 1; blocks--)
        if (out_blocks % blocks == 0) return blocks;
    return widest >= 3 && out_blocks % 3 == 2 ? 3 : widest >= 2 ? 2 : 1;
}

void nn_pack_convolution(
    int32_t in_blocks, int32_t in_lanes, int32_t taps, int32_t out_blocks, int32_t tile_blocks,
    const int32_t *out_channels, const int32_t *in_channels, const float *source, int64_t out_stride,
    int64_t in_stride, int64_t tap_stride, const float *scale, float *packed) {
    for (int32_t first = 0; first < out_blocks; first += tile_blocks) {
        const int32_t blocks = out_blocks - first < tile_blocks ? out_blocks - first : tile_blocks;
        const int32_t width = blocks * NN_LANES;
        float *panel = packed + nn_packed_count(in_blocks, in_lanes, taps, first);
        memset(panel, 0, sizeof(float) * (size_t)nn_packed_count(in_blocks, in_lanes, taps, blocks));
        for (int32_t n = 0; n < width; n++) {
            const int32_t out_channel = out_channels[first * NN_LANES + n];
            if (out_channel < 0) continue;
            for (int32_t i = 0; i < in_blocks * in_lanes; i++) {
                if (in_channels[i] < 0) continue;
                const float *from = source + out_channel * out_stride + in_channels[i] * in_stride;
                float *to = panel + ((int64_t)(i / in_lanes) * taps * in_lanes + i % in_lanes) * width + n;
                for (int32_t t = 0; t < taps; t++)
                    to[(int64_t)t * in_lanes * width] = from[t * tap_stride] * scale[out_channel];
            }
        }
    }
}

void nn_pack_bf16(
    int32_t in_blocks, int32_t taps, int32_t out_blocks, int32_t tile_blocks, const float *packed, uint16_t *out) {
    for (int32_t first = 0; first < out_blocks; first += tile_blocks) {
        const int32_t blocks = out_blocks - first < tile_blocks ? out_blocks - first : tile_blocks;
        const int64_t width = blocks * NN_LANES, start = nn_packed_count(in_blocks, NN_LANES, taps, first);
        const int64_t count = nn_packed_count(in_blocks, NN_LANES, taps, blocks);
        for (int64_t i = 0; i < count; i++) {
            const int64_t row = i / width, n = i % width;
            out[start + row / 2 * 2 * width + 2 * n + row % 2] = nn_bf16_rounded(packed[start + i]);
        }
    }
}

/// A tap at `column` of a row of the filter, zero outside.
static uint32_t tap_at(int32_t kernel, const float *row, int32_t column, int32_t lane) {
    return column >= 0 && column < kernel ? nn_bf16_rounded(row[column * NN_LANES + lane]) : 0;
}

void nn_pack_bf16_dwconv(int32_t kernel, int32_t blocks, const float *weights, nn_bf16_pair *out) {
    for (int32_t block = 0; block < blocks; block++, weights += kernel * kernel * NN_LANES)
        for (int32_t odd = 0; odd < 2; odd++)
            for (int32_t i = 0; i < kernel; i++)
                for (int32_t column = -odd; column < kernel; column += 2)
                    for (int32_t lane = 0; lane < NN_LANES; lane++) {
                        const float *row = weights + i * kernel * NN_LANES;
                        *out++ = tap_at(kernel, row, column, lane) | tap_at(kernel, row, column + 1, lane) << 16;
                    }
}
