// The batch-reduced product. All sums of a tile stay in registers over all segments: `rows`, `blocks` and `step` are
// constants after inlining, so the array of sums is split into registers (every loop over it must be unrolled).

/// Floats by which weights are fetched ahead into the second-level cache: 8 KiB, at 64 to 128 bytes a row more than 64
/// rows, which cover the way to memory. The next panel lies behind this one, so its first rows are fetched too.
enum { BRGEMM_AHEAD = 2048 };

NN_INLINE void brgemm_tile(
    const int rows, const int blocks, const int step, const nn_segment *segments, int32_t count, const float *a,
    const float *b, float *tile) {
    f32x16 sums[NN_MAX_TILE_ROWS][NN_MAX_TILE_BLOCKS];
    NN_UNROLL for (int r = 0; r < rows; r++)
        NN_UNROLL for (int v = 0; v < blocks; v++) sums[r][v] = splat(0.0f);
    for (int32_t s = 0; s < count; s++) {
        const float *column = a + segments[s].a;
        const float *row = b + segments[s].b;
        const uint32_t k_count = segments[s].k;
        for (uint32_t k = 0; k < k_count; k++, column++, row += 16 * blocks) {
            f32x16 weight[NN_MAX_TILE_BLOCKS];
            NN_UNROLL for (int v = 0; v < blocks; v++) NN_PREFETCH(row + 16 * v + BRGEMM_AHEAD);
            NN_UNROLL for (int v = 0; v < blocks; v++) weight[v] = *(const f32x16 *)(row + 16 * v);
            NN_UNROLL for (int r = 0; r < rows; r++) {
                const f32x16 x = splat(column[r * step]);
                NN_UNROLL for (int v = 0; v < blocks; v++) sums[r][v] += x * weight[v];
            }
        }
    }
    NN_UNROLL for (int r = 0; r < rows; r++)
        NN_UNROLL for (int v = 0; v < blocks; v++) *(f32x16 *)(tile + (r * blocks + v) * 16) = sums[r][v];
}

#define NN_TILE(ROWS, BLOCKS, STEP) \
    case ROWS: brgemm_tile(ROWS, BLOCKS, STEP, segments, count, a, b, tile); return;

/// One function for each width and step; `TILES` lists the heights that the registers of the tier can hold.
#define NN_BRGEMM(TILES, BLOCKS, STEP)                                                                              \
    static __attribute__((noinline)) void brgemm_##BLOCKS##_##STEP(                                                 \
        int32_t rows, const nn_segment *segments, int32_t count, const float *a, const float *b, float *tile) {     \
        switch (rows) { TILES(BLOCKS, STEP) }                                                                       \
        __builtin_trap();                                                                                           \
    }
#define NN_BRGEMM_STEPS(TILES, BLOCKS) \
    NN_BRGEMM(TILES, BLOCKS, 1) NN_BRGEMM(TILES, BLOCKS, 2) NN_BRGEMM(TILES, BLOCKS, 16) NN_BRGEMM(TILES, BLOCKS, 32)

NN_BRGEMM_STEPS(NN_ROWS_1, 1)
#if NN_BLOCKS >= 2
NN_BRGEMM_STEPS(NN_ROWS_2, 2)
#endif
#if NN_BLOCKS >= 3
NN_BRGEMM_STEPS(NN_ROWS_3, 3)
#endif

#define NN_CALL(BLOCKS)                                                                                             \
    switch (a_step) {                                                                                               \
    case 1: brgemm_##BLOCKS##_1(rows, segments, count, a, b, tile); return;                                         \
    case 2: brgemm_##BLOCKS##_2(rows, segments, count, a, b, tile); return;                                         \
    case 16: brgemm_##BLOCKS##_16(rows, segments, count, a, b, tile); return;                                       \
    case 32: brgemm_##BLOCKS##_32(rows, segments, count, a, b, tile); return;                                       \
    }

static void NN(f32_brgemm)(
    int32_t rows, int32_t blocks, const nn_segment *segments, int32_t count, const float *a, int32_t a_step,
    const float *b, float *tile) {
    assert((uintptr_t)b % 64 == 0 && (uintptr_t)tile % 64 == 0);
    if (blocks == 1) NN_CALL(1)
#if NN_BLOCKS >= 2
    if (blocks == 2) NN_CALL(2)
#endif
#if NN_BLOCKS >= 3
    if (blocks == 3) NN_CALL(3)
#endif
    __builtin_trap();
}
