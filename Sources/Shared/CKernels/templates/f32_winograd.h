// The 1-D Winograd transforms of nn_winograd_matrices.h on 16 channels. A row of Bᵀ for a point a and the one for -a
// share their even and their odd part, and so do the columns of Aᵀ. A tile of 8 points fills the registers, so the 16
// lanes go NN_WINOGRAD_LANES (one register) at a time.

typedef float wlanes __attribute__((ext_vector_type(NN_WINOGRAD_LANES)));
typedef float wlanes_unaligned __attribute__((ext_vector_type(NN_WINOGRAD_LANES), aligned(4)));

NN_INLINE wlanes wload(const float *p) { return *(const wlanes_unaligned *)p; }
NN_INLINE void wstore(float *p, wlanes x) { *(wlanes_unaligned *)p = x; }

/// u = Bᵀ·d of F(2, 5).
NN_INLINE void winograd_forward_2(const wlanes *d, wlanes *u) {
    const wlanes even_1 = d[4] - d[2] * 4.0f, odd_1 = d[3] - d[1] * 4.0f;
    const wlanes even_2 = d[4] - d[2], odd_2 = (d[3] - d[1]) * 2.0f;
    u[0] = d[0] * 4.0f + (d[4] - d[2] * 5.0f);
    u[1] = even_1 + odd_1;
    u[2] = even_1 - odd_1;
    u[3] = even_2 + odd_2;
    u[4] = even_2 - odd_2;
    u[5] = d[1] * 4.0f + (d[5] - d[3] * 5.0f);
}

/// u = Bᵀ·d of F(4, 5).
NN_INLINE void winograd_forward_4(const wlanes *d, wlanes *u) {
    const wlanes even_1 = (d[2] + d[6]) - d[4] * 4.25f, odd_1 = (d[1] + d[5]) - d[3] * 4.25f;
    const wlanes even_2 = (d[6] + d[2] * 0.25f) - d[4] * 1.25f, odd_2 = (d[1] * 0.5f + d[5] * 2.0f) - d[3] * 2.5f;
    const wlanes even_half = (d[6] + d[2] * 4.0f) - d[4] * 5.0f, odd_half = (d[1] * 2.0f + d[5] * 0.5f) - d[3] * 2.5f;
    u[0] = (d[0] - d[6]) + (d[4] - d[2]) * 5.25f;
    u[1] = even_1 + odd_1;
    u[2] = even_1 - odd_1;
    u[3] = even_2 + odd_2;
    u[4] = even_2 - odd_2;
    u[5] = even_half + odd_half;
    u[6] = even_half - odd_half;
    u[7] = (d[7] - d[1]) + (d[3] - d[5]) * 5.25f;
}

/// y = Aᵀ·m of F(2, 5).
NN_INLINE void winograd_inverse_2(const wlanes *m, wlanes *y) {
    y[0] = m[0] + ((m[1] + m[2]) + (m[3] + m[4]));
    y[1] = m[5] + ((m[1] - m[2]) + (m[3] - m[4]) * 2.0f);
}

/// y = Aᵀ·m of F(4, 5).
NN_INLINE void winograd_inverse_4(const wlanes *m, wlanes *y) {
    const wlanes sum_1 = m[1] + m[2], sum_2 = m[3] + m[4], sum_half = m[5] + m[6];
    const wlanes difference_1 = m[1] - m[2], difference_2 = m[3] - m[4], difference_half = m[5] - m[6];
    y[0] = (m[0] + sum_1) + (sum_2 + sum_half);
    y[1] = (difference_1 + difference_2 * 2.0f) + difference_half * 0.5f;
    y[2] = (sum_1 + sum_2 * 4.0f) + sum_half * 0.25f;
    y[3] = ((difference_1 + m[7]) + difference_2 * 8.0f) + difference_half * 0.125f;
}

#define NN_WINOGRAD(TILE, POINTS)                                                                                   \
    static void winograd_forward_all_##TILE(                                                                        \
        int32_t count, const float *const *taps, int64_t tap_step, float *out, int64_t point_stride,                \
        int64_t out_step) {                                                                                         \
        const float *from[POINTS];                                                                                  \
        NN_UNROLL for (int j = 0; j < POINTS; j++) from[j] = taps[j];                                               \
        for (int32_t i = 0; i < count; i++) {                                                                       \
            NN_UNROLL for (int lane = 0; lane < 16; lane += NN_WINOGRAD_LANES) {                                    \
                wlanes d[POINTS], u[POINTS];                                                                        \
                NN_UNROLL for (int j = 0; j < POINTS; j++) d[j] = wload(from[j] + i * tap_step + lane);             \
                winograd_forward_##TILE(d, u);                                                                      \
                NN_UNROLL for (int j = 0; j < POINTS; j++)                                                          \
                    wstore(out + i * out_step + j * point_stride + lane, u[j]);                                     \
            }                                                                                                       \
        }                                                                                                           \
    }                                                                                                               \
    static void winograd_inverse_all_##TILE(                                                                        \
        int32_t count, const float *in, int64_t point_stride, int64_t in_step, float *out, int64_t row_stride,      \
        int64_t out_step) {                                                                                         \
        for (int32_t i = 0; i < count; i++) {                                                                       \
            NN_UNROLL for (int lane = 0; lane < 16; lane += NN_WINOGRAD_LANES) {                                    \
                wlanes m[POINTS], y[TILE];                                                                          \
                NN_UNROLL for (int j = 0; j < POINTS; j++)                                                          \
                    m[j] = wload(in + i * in_step + j * point_stride + lane);                                       \
                winograd_inverse_##TILE(m, y);                                                                      \
                NN_UNROLL for (int j = 0; j < TILE; j++)                                                            \
                    wstore(out + i * out_step + j * row_stride + lane, y[j]);                                       \
            }                                                                                                       \
        }                                                                                                           \
    }
NN_WINOGRAD(2, 6)
NN_WINOGRAD(4, 8)

static void NN(f32_winograd_forward)(
    int32_t tile, int32_t count, const float *const *taps, int64_t tap_step, float *out, int64_t point_stride,
    int64_t out_step) {
    if (tile == 4) winograd_forward_all_4(count, taps, tap_step, out, point_stride, out_step);
    else if (tile == 2) winograd_forward_all_2(count, taps, tap_step, out, point_stride, out_step);
    else __builtin_trap();
}

static void NN(f32_winograd_inverse)(
    int32_t tile, int32_t count, const float *in, int64_t point_stride, int64_t in_step, float *out,
    int64_t row_stride, int64_t out_step) {
    if (tile == 4) winograd_inverse_all_4(count, in, point_stride, in_step, out, row_stride, out_step);
    else if (tile == 2) winograd_inverse_all_2(count, in, point_stride, in_step, out, row_stride, out_step);
    else __builtin_trap();
}

static void NN(f32_sum_taps)(int32_t count, int32_t taps, const float *const *from, float *out) {
    for (int32_t i = 0; i < count * 16; i += 16) {
        f32x16 sum = load(from[0] + i);
        for (int32_t tap = 1; tap < taps; tap++) sum += load(from[tap] + i);
        store(out + i, sum);
    }
}
