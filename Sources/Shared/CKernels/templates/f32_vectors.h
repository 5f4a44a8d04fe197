// The small operations around squeeze and excitation.

static void NN(f32_gemv)(int32_t outputs, int32_t inputs, const float *w, const float *x, float *y) {
    for (int32_t j = 0; j < outputs; j++) {
        const float *row = w + (int64_t)j * inputs;
        f32x16 even = splat(0.0f), odd = splat(0.0f);
        int32_t i = 0;
        for (; i + 32 <= inputs; i += 32) {
            even += load(row + i) * load(x + i);
            odd += load(row + i + 16) * load(x + i + 16);
        }
        if (i < inputs) even += load(row + i) * load(x + i);
        const f32x16 sum = even + odd;
        float total = 0;
        for (int lane = 0; lane < 16; lane++) total += sum[lane];
        y[j] = total;
    }
}

static void NN(f32_gemv_transposed)(
    int32_t outputs, int32_t inputs, const float *w, const float *x, const float *bias, float *y) {
    for (int32_t i = 0; i < outputs; i += 16) {
        f32x16 even = load(bias + i), odd = splat(0.0f);
        int32_t j = 0;
        for (; j + 2 <= inputs; j += 2) {
            even += splat(x[j]) * load(w + (int64_t)j * outputs + i);
            odd += splat(x[j + 1]) * load(w + (int64_t)(j + 1) * outputs + i);
        }
        if (j < inputs) even += splat(x[j]) * load(w + (int64_t)j * outputs + i);
        store(y + i, even + odd);
    }
}

#define NN_MAP(NAME, FUNCTION)                                                                                      \
    static void NN(NAME)(int64_t count, float *x) {                                                                 \
        int64_t i = 0;                                                                                              \
        for (; i + 16 <= count; i += 16) store(x + i, FUNCTION(load(x + i)));                                       \
        if (i == count) return;                                                                                     \
        float rest[16] = {0};                                                                                       \
        for (int64_t j = i; j < count; j++) rest[j - i] = x[j];                                                     \
        store(rest, FUNCTION(load(rest)));                                                                          \
        for (int64_t j = i; j < count; j++) x[j] = rest[j - i];                                                     \
    }
NN_MAP(f32_silu, silu_lanes)
NN_MAP(f32_sigmoid, sigmoid_lanes)

static void NN(f32_scale_rows)(int64_t rows, int32_t blocks, const float *scale, const float *in, float *out) {
    for (int64_t r = 0; r < rows; r++) {
        const f32x16 factor = splat(scale[r]);
        for (int32_t v = 0; v < blocks; v++)
            store(out + (r * blocks + v) * 16, factor * load(in + (r * blocks + v) * 16));
    }
}

static void NN(f32_scale_lanes)(int64_t count, const float *scale, float *x) {
    const f32x16 factors = load(scale);
    for (int64_t i = 0; i < count; i++) store(x + i * 16, load(x + i * 16) * factors);
}
