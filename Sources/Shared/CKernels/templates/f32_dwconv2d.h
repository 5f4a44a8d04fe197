// Depthwise convolution, 16 channels in the lanes. Columns whose window lies inside the image go several at a time with
// their sums in registers; the few at the left and right border go one at a time over the taps that exist.

enum { DWCONV_COLUMNS = NN_DWCONV_COLUMNS };

/// The window rows that exist for one output row.
typedef struct {
    const float *input;    // image row of the first window row that exists
    const float *weights;  // its weights
    int rows;              // how many exist
} dwconv_window;

NN_INLINE f32x16 dwconv_border(
    const dwconv_window *w, const int kernel, int64_t row_stride, int column, int width) {
    const int from = column < 0 ? -column : 0;
    const int to = column + kernel > width ? width - column : kernel;
    f32x16 sum = splat(0.0f);
    for (int y = 0; y < w->rows; y++)
        for (int x = from; x < to; x++)
            sum += load(w->input + y * row_stride + (column + x) * 16) * load(w->weights + (y * kernel + x) * 16);
    return sum;
}

NN_INLINE void dwconv_inside(
    const dwconv_window *w, const int kernel, const int stride, const int columns, int64_t row_stride, int column,
    f32x16 *sums) {
    NN_UNROLL for (int c = 0; c < columns; c++) sums[c] = splat(0.0f);
    for (int y = 0; y < w->rows; y++) {
        const float *row = w->input + y * row_stride + (int64_t)column * 16;
        const float *weights = w->weights + y * kernel * 16;
        NN_UNROLL for (int x = 0; x < kernel; x++) {
            const f32x16 weight = load(weights + x * 16);
            NN_UNROLL for (int c = 0; c < columns; c++) sums[c] += load(row + (c * stride + x) * 16) * weight;
        }
    }
}

NN_INLINE void dwconv_rows(
    const nn_dwconv2d *d, const int kernel, const int stride, int32_t block, int32_t row, int32_t row_end,
    const float *input, float *output, float *sum) {
    const int64_t row_stride = (int64_t)d->in_width * 16;
    const float *weights = d->weights + (int64_t)block * kernel * kernel * 16;
    const f32x16 bias = load(d->bias + block * 16);
    // Columns [inside, inside_end) have their whole window inside the image.
    int inside = (d->padding_left + stride - 1) / stride;
    int inside_end = d->in_width + d->padding_left - kernel >= 0
        ? (d->in_width + d->padding_left - kernel) / stride + 1 : 0;
    if (inside_end > d->out_width) inside_end = d->out_width;
    if (inside > inside_end) inside = inside_end;
    f32x16 total = load(sum);
    for (int32_t y = row; y < row_end; y++) {
        const int top = y * stride - d->padding_top;
        const int from = top < 0 ? -top : 0;
        const int to = top + kernel > d->in_height ? d->in_height - top : kernel;
        const dwconv_window w = {input + (top + from) * row_stride, weights + from * kernel * 16, to - from};
        float *out = output + (int64_t)y * d->out_width * 16;
        f32x16 row_total = splat(0.0f);  // two levels of sums: a large map has 36,100 summands
        int x = 0;
        for (; x < inside; x++) {
            const f32x16 value =
                silu_lanes(dwconv_border(&w, kernel, row_stride, x * stride - d->padding_left, d->in_width) + bias);
            row_total += value;
            store(out + x * 16, value);
        }
        for (; x + DWCONV_COLUMNS <= inside_end; x += DWCONV_COLUMNS) {
            f32x16 sums[DWCONV_COLUMNS];
            dwconv_inside(&w, kernel, stride, DWCONV_COLUMNS, row_stride, x * stride - d->padding_left, sums);
            NN_UNROLL for (int c = 0; c < DWCONV_COLUMNS; c++) {
                const f32x16 value = silu_lanes(sums[c] + bias);
                row_total += value;
                store(out + (x + c) * 16, value);
            }
        }
        for (; x < d->out_width; x++) {
            const f32x16 value =
                silu_lanes(dwconv_border(&w, kernel, row_stride, x * stride - d->padding_left, d->in_width) + bias);
            row_total += value;
            store(out + x * 16, value);
        }
        total += row_total;
    }
    store(sum, total);
}

#define NN_DWCONV(KERNEL, STRIDE)                                                                                   \
    static __attribute__((noinline)) void dwconv_k##KERNEL##_s##STRIDE(                                             \
        const nn_dwconv2d *d, int32_t block, int32_t row, int32_t row_end, const float *input, float *output,       \
        float *sum) {                                                                                               \
        dwconv_rows(d, KERNEL, STRIDE, block, row, row_end, input, output, sum);                                    \
    }
NN_DWCONV(3, 1)
NN_DWCONV(3, 2)
NN_DWCONV(5, 1)
NN_DWCONV(5, 2)

static void NN(f32_dwconv2d)(
    const nn_dwconv2d *d, int32_t block, int32_t row, int32_t row_end, const float *input, float *output, float *sum) {
    if (d->kernel == 3 && d->stride == 1) dwconv_k3_s1(d, block, row, row_end, input, output, sum);
    else if (d->kernel == 3 && d->stride == 2) dwconv_k3_s2(d, block, row, row_end, input, output, sum);
    else if (d->kernel == 5 && d->stride == 1) dwconv_k5_s1(d, block, row, row_end, input, output, sum);
    else if (d->kernel == 5 && d->stride == 2) dwconv_k5_s2(d, block, row, row_end, input, output, sum);
    else __builtin_trap();
}
