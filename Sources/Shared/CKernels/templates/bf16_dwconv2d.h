// The summands of depthwise convolutions in bfloat16 (dwconv2d.h): two taps each, the last one of a row alone.

typedef __m512bh bf16_dw_vector;
NN_INLINE int bf16_dw_steps(const int kernel) { return (kernel + 1) / 2; }
NN_INLINE int bf16_dw_column(const int kernel, const int step) { return 2 * step + 1 < kernel ? 2 * step + 1 : kernel - 1; }
NN_INLINE bf16_dw_vector bf16_dw_load(const nn_bf16_pair *p) { return (__m512bh)_mm512_loadu_si512(p); }
NN_INLINE f32x16 bf16_dw_add(f32x16 sum, bf16_dw_vector x, bf16_dw_vector weight) {
    return (f32x16)_mm512_dpbf16_ps((__m512)sum, x, weight);
}
