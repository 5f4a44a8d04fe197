// The bfloat16 kernels of a tier that has vdpbf16ps; see the float32 templates, whose tiles they share.

typedef int32_t bf16_pair __attribute__((aligned(4), may_alias));

NN_INLINE NN_OVERLOADED f32x16 load(const uint16_t *p) {
    return (f32x16)_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p)), 16);
}
NN_INLINE NN_OVERLOADED void store(uint16_t *p, f32x16 x) {
    _mm256_storeu_si256((__m256i *)p, (__m256i)_mm512_cvtneps_pbh(x));
}

/// Adds the products of two channels at `rows` positions.
NN_INLINE void bf16_multiply(
    const int rows, const int blocks, const uint16_t *column, const uint16_t *row,
    f32x16 (*sums)[NN_MAX_TILE_BLOCKS]) {
    __m512bh weight[NN_MAX_TILE_BLOCKS];
    NN_UNROLL for (int v = 0; v < blocks; v++) weight[v] = (__m512bh)_mm512_load_si512(row + 32 * v);
    NN_UNROLL for (int r = 0; r < rows; r++) {
        const __m512bh x = (__m512bh)_mm512_set1_epi32(*(const bf16_pair *)(column + r * 16));
        NN_UNROLL for (int v = 0; v < blocks; v++) sums[r][v] = _mm512_dpbf16_ps(sums[r][v], x, weight[v]);
    }
}

NN_INLINE void bf16_multiply_all(
    const int rows, const int blocks, const nn_segment *segments, int32_t count, const uint16_t *a, const uint16_t *b,
    f32x16 (*sums)[NN_MAX_TILE_BLOCKS]) {
    for (int32_t s = 0; s < count; s++) {
        const uint16_t *column = a + segments[s].a;
        const uint16_t *row = b + segments[s].b;
        const uint32_t k_count = segments[s].k;
        for (uint32_t k = 0; k < k_count; k += 2, column += 2, row += 32 * blocks) {
            NN_UNROLL for (int v = 0; v < blocks; v++) NN_PREFETCH((const char *)(row + 32 * v) + 8192);
            bf16_multiply(rows, blocks, column, row, sums);
        }
    }
}

NN_INLINE void bf16_brgemm_tile(
    const int rows, const int blocks, const nn_segment *segments, int32_t count, const uint16_t *a, const uint16_t *b,
    float *tile) {
    f32x16 sums[NN_MAX_TILE_ROWS][NN_MAX_TILE_BLOCKS];
    NN_UNROLL for (int r = 0; r < rows; r++)
        NN_UNROLL for (int v = 0; v < blocks; v++) sums[r][v] = splat(0.0f);
    bf16_multiply_all(rows, blocks, segments, count, a, b, sums);
    NN_UNROLL for (int r = 0; r < rows; r++)
        NN_UNROLL for (int v = 0; v < blocks; v++) *(f32x16 *)(tile + (r * blocks + v) * 16) = sums[r][v];
}

NN_INLINE void bf16_project_tile(
    const int rows, const int blocks, const nn_segment *segments, int32_t count, const uint16_t *a, const uint16_t *b,
    const nn_epilogue *e) {
    f32x16 sums[NN_MAX_TILE_ROWS][NN_MAX_TILE_BLOCKS];
    NN_UNROLL for (int r = 0; r < rows; r++)
        NN_UNROLL for (int v = 0; v < blocks; v++) sums[r][v] = load(e->bias + v * 16);
    bf16_multiply_all(rows, blocks, segments, count, a, b, sums);
    NN_UNROLL for (int v = 0; v < blocks; v++) {
        uint16_t *output = (uint16_t *)e->output + v * e->block_stride;
        if (e->residual) {
            const uint16_t *residual = (const uint16_t *)e->residual + v * e->block_stride;
            NN_UNROLL for (int r = 0; r < rows; r++) sums[r][v] += load(residual + r * e->column_stride);
        }
        NN_UNROLL for (int r = 0; r < rows; r++) store(output + r * e->column_stride, sums[r][v]);
    }
}

/// One function for each operation and width; `TILES` lists the heights.
#define NN_BF16_TILE(ROWS, BLOCKS, OPERATION) \
    case ROWS: bf16_##OPERATION##_tile(ROWS, BLOCKS, segments, count, a, b, result); return;
#undef NN_TILE
#define NN_TILE NN_BF16_TILE
#define NN_BF16_PRODUCTS(TILES, BLOCKS, OPERATION, RESULT)                                                          \
    static __attribute__((noinline)) void bf16_##OPERATION##_##BLOCKS(                                              \
        int32_t rows, const nn_segment *segments, int32_t count, const uint16_t *a, const uint16_t *b,              \
        RESULT result) {                                                                                            \
        switch (rows) { TILES(BLOCKS, OPERATION) }                                                                  \
        __builtin_trap();                                                                                           \
    }
#define NN_BF16_WIDTHS(OPERATION, RESULT)                                                                           \
    NN_BF16_PRODUCTS(NN_ROWS_1, 1, OPERATION, RESULT)                                                               \
    NN_BF16_PRODUCTS(NN_ROWS_2, 2, OPERATION, RESULT)                                                               \
    NN_BF16_PRODUCTS(NN_ROWS_3, 3, OPERATION, RESULT)                                                               \
    static void NN(bf16_##OPERATION)(                                                                               \
        int32_t rows, int32_t blocks, const nn_segment *segments, int32_t count, const uint16_t *a,                 \
        const uint16_t *b, RESULT result) {                                                                         \
        switch (blocks) {                                                                                           \
        case 1: bf16_##OPERATION##_1(rows, segments, count, a, b, result); return;                                  \
        case 2: bf16_##OPERATION##_2(rows, segments, count, a, b, result); return;                                  \
        case 3: bf16_##OPERATION##_3(rows, segments, count, a, b, result); return;                                  \
        }                                                                                                           \
        __builtin_trap();                                                                                           \
    }
NN_BF16_WIDTHS(brgemm, float *)
NN_BF16_WIDTHS(project, const nn_epilogue *)

static void NN(bf16_scale_rows)(int64_t rows, int32_t blocks, const float *scale, const uint16_t *in, uint16_t *out) {
    for (int64_t r = 0; r < rows; r += 2) {
        const f32x16 first = splat(scale[r]), second = splat(scale[r + 1]);
        for (int32_t v = 0; v < blocks; v++) {
            const int64_t at = (r * blocks + 2 * v) * 16;
            const __m512i pair = _mm512_loadu_si512(in + at);
            const f32x16 low = (f32x16)_mm512_slli_epi32(pair, 16) * first;
            const f32x16 high = (f32x16)_mm512_and_si512(pair, _mm512_set1_epi32((int)0xffff0000)) * second;
            const __m512i low_bits = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(low));
            const __m512i high_bits = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(high));
            _mm512_storeu_si512(out + at, _mm512_or_si512(low_bits, _mm512_slli_epi32(high_bits, 16)));
        }
    }
}

static void NN(bf16_scale_lanes)(int64_t count, const float *scale, uint16_t *x) {
    const f32x16 factors = load(scale);
    for (int64_t i = 0; i < count; i++) store(x + i * 16, load(x + i * 16) * factors);
}

static float NN(bf16_peak)(int64_t rounds) {
    __m512 sums[NN_PEAK_CHAINS];
    const __m512bh factor = (__m512bh)_mm512_set1_epi32(0x3c003c00);
    NN_UNROLL for (int c = 0; c < NN_PEAK_CHAINS; c++) sums[c] = _mm512_set1_ps((float)c);
    for (int64_t i = 0; i < rounds; i++)
        NN_UNROLL for (int c = 0; c < NN_PEAK_CHAINS; c++) sums[c] = _mm512_dpbf16_ps(sums[c], factor, factor);
    float total = 0;
    for (int c = 0; c < NN_PEAK_CHAINS; c++) total += sums[c][0];
    return total;
}
