// Depthwise convolution on rows of pairs of columns, 16 channels in the lanes. An output that begins at the second
// column of a pair takes the weights that nn_pack_bf16_dwconv moved by one, so that either takes (kernel + 1) / 2
// summands a row. Columns go several at a time with their sums in registers, and neighbours share the pairs they read.
#include "dwconv_columns.h"

/// Sums that are activated beside the next products, two columns at a time.
typedef struct {
    f32x16 sums[NN_DWCONV_COLUMNS];
    uint16_t *output;
    int32_t count;
} bf16_dwconv_sums;

/// Outputs 2·pair and the next of the sums.
NN_INLINE void bf16_dwconv_finish(const bf16_dwconv_sums *s, const int pair, f32x16 *total) {
    if (2 * pair >= s->count) return;
    const f32x16 even = silu2_lanes(s->sums[2 * pair]);
    *total += even;
    if (2 * pair + 1 == s->count) {
        store(s->output + 2 * pair * 16, even);
        return;
    }
    const f32x16 odd = silu2_lanes(s->sums[2 * pair + 1]);
    *total += odd;
    _mm512_storeu_si512(s->output + 2 * pair * 16, (__m512i)_mm512_cvtne2ps_pbh(odd, even));
}

/// `columns` outputs from column x on, an even one: their sums, while those of `before` are finished. `odd`: where the
/// first output of a row begins in its first pair.
NN_INLINE void bf16_dwconv_columns(
    const int kernel, const int stride, const int odd, const int columns, const nn_bf16_pair *const *rows,
    const nn_bf16_pair *weights, f32x16 bias, int32_t x, uint16_t *output, bf16_dwconv_sums *before, f32x16 *total) {
    enum { PAIRS = NN_DWCONV_COLUMNS / 2 };
    const int steps = (kernel + 1) / 2;
    f32x16 sums[NN_DWCONV_COLUMNS];
    NN_UNROLL for (int c = 0; c < columns; c++) sums[c] = bias;
    NN_UNROLL for (int i = 0; i < kernel; i++) {
        const nn_bf16_pair *row = rows[i] + (int64_t)(x * stride / 2) * 16;
        NN_UNROLL for (int j = 0; j < steps; j++) {
            NN_UNROLL for (int c = 0; c < columns; c++) {
                const int first = odd + c * stride;
                const __m512i weight = _mm512_loadu_si512(weights + ((first % 2 * kernel + i) * steps + j) * 16);
                const __m512i pair = _mm512_loadu_si512(row + (first / 2 + j) * 16);
                sums[c] = (f32x16)_mm512_dpbf16_ps((__m512)sums[c], (__m512bh)pair, (__m512bh)weight);
            }
        }
        NN_UNROLL for (int c = 0; c < columns; c++) NN_COMPUTED(sums[c]);
        NN_UNROLL for (int p = i * PAIRS / kernel; p < (i + 1) * PAIRS / kernel; p++)
            bf16_dwconv_finish(before, p, total);
        NN_KEEP_ORDER();
    }
    NN_UNROLL for (int c = 0; c < columns; c++) before->sums[c] = sums[c];
    before->output = output + x * 16;
    before->count = columns;
}

NN_INLINE void bf16_dwconv_rows(
    const nn_dwconv2d *d, const int kernel, const int stride, const int odd, int32_t block, int32_t count,
    const nn_bf16_pair *const *rows, uint16_t *output, float *sum) {
    const nn_bf16_pair *weights = (const nn_bf16_pair *)d->weights + (int64_t)block * kernel * (kernel + 1) * 16;
    const f32x16 bias = load(d->bias + block * 16);
    f32x16 total = splat(0.0f);  // two levels of sums: a large map has 36,100 summands
    bf16_dwconv_sums before = {.count = 0};
    for (int32_t r = 0; r < count; r++, rows += stride, output += d->out_width * 16) {
#define NN_COLUMNS(X, COUNT) \
    bf16_dwconv_columns(kernel, stride, odd, COUNT, rows, weights, bias, X, output, &before, &total)
        NN_DWCONV_ALL_COLUMNS(d->out_width, NN_COLUMNS);
#undef NN_COLUMNS
    }
    NN_UNROLL for (int p = 0; p < NN_DWCONV_COLUMNS / 2; p++) bf16_dwconv_finish(&before, p, &total);
    store(sum, load(sum) + total);
}

#define NN_BF16_DWCONV(KERNEL, STRIDE, ODD)                                                                         \
    static __attribute__((noinline)) void bf16_dwconv_k##KERNEL##_s##STRIDE##_##ODD(                                \
        const nn_dwconv2d *d, int32_t block, int32_t count, const nn_bf16_pair *const *rows, uint16_t *output,      \
        float *sum) {                                                                                               \
        bf16_dwconv_rows(d, KERNEL, STRIDE, ODD, block, count, rows, output, sum);                                  \
    }
NN_BF16_DWCONV(3, 1, 0)
NN_BF16_DWCONV(3, 1, 1)
NN_BF16_DWCONV(3, 2, 0)
NN_BF16_DWCONV(3, 2, 1)
NN_BF16_DWCONV(5, 1, 0)
NN_BF16_DWCONV(5, 1, 1)
NN_BF16_DWCONV(5, 2, 0)
NN_BF16_DWCONV(5, 2, 1)

static void NN(bf16_dwconv2d)(
    const nn_dwconv2d *d, int32_t block, int32_t count, const nn_bf16_pair *const *rows, uint16_t *output,
    float *sum) {
    switch (d->kernel * 100 + d->stride * 10 + d->padding_left % 2) {
    case 310: bf16_dwconv_k3_s1_0(d, block, count, rows, output, sum); return;
    case 311: bf16_dwconv_k3_s1_1(d, block, count, rows, output, sum); return;
    case 320: bf16_dwconv_k3_s2_0(d, block, count, rows, output, sum); return;
    case 321: bf16_dwconv_k3_s2_1(d, block, count, rows, output, sum); return;
    case 510: bf16_dwconv_k5_s1_0(d, block, count, rows, output, sum); return;
    case 511: bf16_dwconv_k5_s1_1(d, block, count, rows, output, sum); return;
    case 520: bf16_dwconv_k5_s2_0(d, block, count, rows, output, sum); return;
    case 521: bf16_dwconv_k5_s2_1(d, block, count, rows, output, sum); return;
    }
    __builtin_trap();
}
