// Depthwise convolution, 16 channels in the lanes. Columns go several at a time with their sums in registers.
#include "dwconv_columns.h"

/// `columns` outputs from column x on, and the sum of them added to *total.
NN_INLINE void dwconv_columns(
    const int kernel, const int stride, const int columns, const float *const *rows, const float *weights, f32x16 bias,
    int32_t x, float *output, f32x16 *total) {
    f32x16 sums[NN_DWCONV_COLUMNS];
    NN_UNROLL for (int c = 0; c < columns; c++) sums[c] = bias;
    NN_UNROLL for (int i = 0; i < kernel; i++) {
        const float *row = rows[i] + (int64_t)x * stride * 16;
        NN_UNROLL for (int j = 0; j < kernel; j++) {
            const f32x16 weight = load(weights + (i * kernel + j) * 16);
            NN_UNROLL for (int c = 0; c < columns; c++) sums[c] += load(row + (c * stride + j) * 16) * weight;
        }
    }
    NN_UNROLL for (int c = 0; c < columns; c++) {
        const f32x16 value = silu2_lanes(sums[c]);
        *total += value;
        store(output + (x + c) * 16, value);
    }
}

NN_INLINE void dwconv_row(
    const nn_dwconv2d *d, const int kernel, const int stride, int32_t block, const float *const *rows, float *output,
    float *sum) {
    const float *weights = (const float *)d->weights + (int64_t)block * kernel * kernel * 16;
    const f32x16 bias = load(d->bias + block * 16);
    f32x16 total = splat(0.0f);  // two levels of sums: a large map has 36,100 summands
#define NN_COLUMNS(X, COUNT) dwconv_columns(kernel, stride, COUNT, rows, weights, bias, X, output, &total)
    NN_DWCONV_ALL_COLUMNS(d->out_width, NN_COLUMNS);
#undef NN_COLUMNS
    store(sum, load(sum) + total);
}

#define NN_DWCONV(KERNEL, STRIDE)                                                                                   \
    static __attribute__((noinline)) void dwconv_k##KERNEL##_s##STRIDE(                                             \
        const nn_dwconv2d *d, int32_t block, const float *const *rows, float *output, float *sum) {                 \
        dwconv_row(d, KERNEL, STRIDE, block, rows, output, sum);                                                    \
    }
NN_DWCONV(3, 1)
NN_DWCONV(3, 2)
NN_DWCONV(5, 1)
NN_DWCONV(5, 2)

static void NN(f32_dwconv2d)(
    const nn_dwconv2d *d, int32_t block, const float *const *rows, float *output, float *sum) {
    if (d->kernel == 3 && d->stride == 1) dwconv_k3_s1(d, block, rows, output, sum);
    else if (d->kernel == 3 && d->stride == 2) dwconv_k3_s2(d, block, rows, output, sum);
    else if (d->kernel == 5 && d->stride == 1) dwconv_k5_s1(d, block, rows, output, sum);
    else if (d->kernel == 5 && d->stride == 2) dwconv_k5_s2(d, block, rows, output, sum);
    else __builtin_trap();
}
