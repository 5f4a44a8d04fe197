// Depthwise convolution, 16 channels in the lanes. Columns go several at a time with their sums in registers. Included
// once for every type of the output (NN_TYPE, NN_ELEMENT) and of a lane of the input (NN_INPUT).
//
// A row of the filter takes <type>_dw_steps summands; one of them is <type>_dw_add on the input at <type>_dw_column.

/// `columns` outputs from column x on, and the sum of them added to *total.
NN_INLINE void NN_TYPED(dwconv_columns)(
    const int kernel, const int stride, const int columns, const NN_INPUT *const *rows, const NN_INPUT *weights, f32x16 bias,
    int32_t x, NN_ELEMENT *output, f32x16 *total) {
    const int steps = NN_TYPED(dw_steps)(kernel);
    f32x16 sums[NN_DWCONV_COLUMNS];
    NN_UNROLL for (int c = 0; c < columns; c++) sums[c] = bias;
    NN_UNROLL for (int i = 0; i < kernel; i++) {
        const NN_INPUT *row = rows[i] + (int64_t)x * stride * 16;
        NN_UNROLL for (int j = 0; j < steps; j++) {
            const NN_TYPED(dw_vector) weight = NN_TYPED(dw_load)(weights + (i * steps + j) * 16);
            const int column = NN_TYPED(dw_column)(kernel, j);
            NN_UNROLL for (int c = 0; c < columns; c++)
                sums[c] = NN_TYPED(dw_add)(sums[c], NN_TYPED(dw_load)(row + (c * stride + column) * 16), weight);
        }
    }
    NN_UNROLL for (int c = 0; c < columns; c++) {
        const f32x16 value = silu2_lanes(sums[c]);
        *total += value;
        store(output + (x + c) * 16, value);
    }
}

NN_INLINE void NN_TYPED(dwconv_row)(
    const nn_dwconv2d *d, const int kernel, const int stride, int32_t block, const NN_INPUT *const *rows, NN_ELEMENT *output,
    float *sum) {
    const NN_INPUT *weights = (const NN_INPUT *)d->weights + (int64_t)block * kernel * NN_TYPED(dw_steps)(kernel) * 16;
    const f32x16 bias = load(d->bias + block * 16);
    f32x16 total = splat(0.0f);  // two levels of sums: a large map has 36,100 summands
    int32_t x = 0;
#define NN_COLUMNS(COUNT) NN_TYPED(dwconv_columns)(kernel, stride, COUNT, rows, weights, bias, x, output, &total)
    for (; x + NN_DWCONV_COLUMNS <= d->out_width; x += NN_DWCONV_COLUMNS) NN_COLUMNS(NN_DWCONV_COLUMNS);
    if (NN_DWCONV_COLUMNS > 4 && x + 4 <= d->out_width) {
        NN_COLUMNS(4);
        x += 4;
    }
    switch (d->out_width - x) {
    case 3: NN_COLUMNS(3); break;
    case 2: NN_COLUMNS(2); break;
    case 1: NN_COLUMNS(1); break;
    }
#undef NN_COLUMNS
    store(sum, load(sum) + total);
}

#undef NN_DWCONV
#define NN_DWCONV(KERNEL, STRIDE)                                                                                   \
    static __attribute__((noinline)) void NN_TYPED(dwconv_k##KERNEL##_s##STRIDE)(                                             \
        const nn_dwconv2d *d, int32_t block, const NN_INPUT *const *rows, NN_ELEMENT *output, float *sum) {                 \
        NN_TYPED(dwconv_row)(d, KERNEL, STRIDE, block, rows, output, sum);                                                    \
    }
NN_DWCONV(3, 1)
NN_DWCONV(3, 2)
NN_DWCONV(5, 1)
NN_DWCONV(5, 2)

static void NN_KERNEL(dwconv2d)(
    const nn_dwconv2d *d, int32_t block, const NN_INPUT *const *rows, NN_ELEMENT *output, float *sum) {
    if (d->kernel == 3 && d->stride == 1) NN_TYPED(dwconv_k3_s1)(d, block, rows, output, sum);
    else if (d->kernel == 3 && d->stride == 2) NN_TYPED(dwconv_k3_s2)(d, block, rows, output, sum);
    else if (d->kernel == 5 && d->stride == 1) NN_TYPED(dwconv_k5_s1)(d, block, rows, output, sum);
    else if (d->kernel == 5 && d->stride == 2) NN_TYPED(dwconv_k5_s2)(d, block, rows, output, sum);
    else __builtin_trap();
}
