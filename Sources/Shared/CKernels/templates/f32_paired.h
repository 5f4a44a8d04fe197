// Paired products (nn_pairs in nn_kernels.h). The instructions are given: a compiler keeps the broadcast inputs in
// registers, which then do not suffice for the sums.

/// sum + (w₂ + x₁)·(w₁ + x₂)
NN_INLINE f32x16 paired_plus(f32x16 sum, f32x16 w1, f32x16 w2, const float *x1, const float *x2) {
    f32x16 s, t;
    __asm__("vaddps %[x1]%{1to16%}, %[w2], %[s]\n\tvaddps %[x2]%{1to16%}, %[w1], %[t]\n\tvfmadd231ps %[s], %[t], %[sum]"
            : [sum] "+v"(sum), [s] "=&v"(s), [t] "=&v"(t)
            : [w1] "v"(w1), [w2] "v"(w2), [x1] "m"(*x1), [x2] "m"(*x2));
    return sum;
}
/// sum - (w₂ - x₁)·(w₁ - x₂)
NN_INLINE f32x16 paired_minus(f32x16 sum, f32x16 w1, f32x16 w2, const float *x1, const float *x2) {
    f32x16 s, t;
    __asm__("vsubps %[x1]%{1to16%}, %[w2], %[s]\n\tvsubps %[x2]%{1to16%}, %[w1], %[t]\n\tvfnmadd231ps %[s], %[t], %[sum]"
            : [sum] "+v"(sum), [s] "=&v"(s), [t] "=&v"(t)
            : [w1] "v"(w1), [w2] "v"(w2), [x1] "m"(*x1), [x2] "m"(*x2));
    return sum;
}
/// sum + w·x
NN_INLINE f32x16 unpaired(f32x16 sum, f32x16 w, const float *x) {
    __asm__("vfmadd231ps %[x]%{1to16%}, %[w], %[sum]" : [sum] "+v"(sum) : [w] "v"(w), [x] "m"(*x));
    return sum;
}

typedef f32x16 paired_sums[NN_MAX_TILE_ROWS][NN_MAX_TILE_BLOCKS];

/// The products of one channel: its inputs are 16 floats apart.
NN_INLINE void add_channel(
    const int rows, const int blocks, const float *a, const float *b, paired_sums sums) {
    f32x16 w[NN_MAX_TILE_BLOCKS];
    NN_UNROLL for (int v = 0; v < blocks; v++) w[v] = *(const f32x16 *)(b + 16 * v);
    NN_UNROLL for (int r = 0; r < rows; r++)
        NN_UNROLL for (int v = 0; v < blocks; v++) sums[r][v] = unpaired(sums[r][v], w[v], a + 16 * r);
}

/// The products of a pair of channels.
NN_INLINE void add_pair(
    const int rows, const int blocks, const bool odd, const float *a1, const float *a2, const float *b,
    paired_sums sums) {
    f32x16 w1[NN_MAX_TILE_BLOCKS], w2[NN_MAX_TILE_BLOCKS];
    NN_UNROLL for (int v = 0; v < blocks; v++) {
        w1[v] = *(const f32x16 *)(b + 16 * v);
        w2[v] = *(const f32x16 *)(b + 16 * (blocks + v));
    }
    NN_UNROLL for (int r = 0; r < rows; r++)
        NN_UNROLL for (int v = 0; v < blocks; v++)
            sums[r][v] = odd ? paired_minus(sums[r][v], w1[v], w2[v], a1 + 16 * r, a2 + 16 * r)
                             : paired_plus(sums[r][v], w1[v], w2[v], a1 + 16 * r, a2 + 16 * r);
}

NN_INLINE void paired_tile(
    const int rows, const int blocks, const nn_pairs *p, const float *a, const float *b, const float *start,
    float *tile) {
    const int row = 16 * blocks;
    paired_sums sums;
    NN_UNROLL for (int r = 0; r < rows; r++)
        NN_UNROLL for (int v = 0; v < blocks; v++) sums[r][v] = splat(start[r]);
    for (int32_t i = 0; i < p->pairs; i++, a += 2 * p->block) {
        const float *a1 = a, *a2 = a + p->block;
        for (int j = 0; j < NN_PAIRED_LANES / 2; j++, b += 6 * row) {
            NN_UNROLL for (int v = 0; v < 6 * blocks; v++) NN_PREFETCH(b + 16 * v + BRGEMM_AHEAD);
            add_pair(rows, blocks, false, a1 + 2 * j, a2 + 2 * j, b, sums);
            add_channel(rows, blocks, a1 + NN_PAIRED_LANES + j, b + 2 * row, sums);
            add_pair(rows, blocks, true, a1 + 2 * j + 1, a2 + 2 * j + 1, b + 3 * row, sums);
            add_channel(rows, blocks, a2 + NN_PAIRED_LANES + j, b + 5 * row, sums);
        }
        add_channel(rows, blocks, a1 + 15, b, sums);
        add_channel(rows, blocks, a2 + 15, b + row, sums);
        b += 2 * row;
    }
    for (int32_t i = 0; i < p->rest; i++, a += p->block, b += 16 * row)
        for (int32_t k = 0; k < p->used[i]; k++) add_channel(rows, blocks, a + k, b + k * row, sums);
    NN_UNROLL for (int r = 0; r < rows; r++)
        NN_UNROLL for (int v = 0; v < blocks; v++) *(f32x16 *)(tile + (r * blocks + v) * 16) = sums[r][v];
}

#undef NN_TILE
#define NN_TILE(ROWS, BLOCKS, STEP) \
    case ROWS: paired_tile(ROWS, BLOCKS, p, a, b, start, tile); return;
#define NN_PAIRED(TILES, BLOCKS)                                                                                    \
    static __attribute__((noinline)) void paired_##BLOCKS(                                                          \
        int32_t rows, const nn_pairs *p, const float *a, const float *b, const float *start, float *tile) {         \
        switch (rows) { TILES(BLOCKS, 16) }                                                                         \
        __builtin_trap();                                                                                           \
    }
NN_PAIRED(NN_TILES_14, 1)
NN_PAIRED(NN_TILES_12, 2)
NN_PAIRED(NN_TILES_8, 3)

static void NN(f32_brgemm_paired)(
    int32_t rows, int32_t blocks, const nn_pairs *p, const float *a, const float *b, const float *start, float *tile) {
    assert((uintptr_t)b % 64 == 0 && (uintptr_t)tile % 64 == 0);
    if (blocks == 1) paired_1(rows, p, a, b, start, tile);
    else if (blocks == 2) paired_2(rows, p, a, b, start, tile);
    else if (blocks == 3) paired_3(rows, p, a, b, start, tile);
    else __builtin_trap();
}

NN_INLINE float sum_of_lanes(f32x16 x) {
    const __typeof__(x.lo) eight = x.lo + x.hi;
    const __typeof__(eight.lo) four = eight.lo + eight.hi;
    const __typeof__(four.lo) two = four.lo + four.hi;
    return two.x + two.y;
}

/// `count` positions, whose sums stay in registers over all blocks.
NN_INLINE void start_positions(
    const int count, const nn_pairs *p, const float *scale, float *a, float *start) {
    f32x16 sums[8];
    NN_UNROLL for (int r = 0; r < count; r++) sums[r] = splat(0.0f);
    for (int32_t i = 0; i < p->pairs; i++, a += 2 * p->block) {
        float *x1 = a, *x2 = a + p->block;
        if (scale) {
            const f32x16 s1 = load(scale + 32 * i), s2 = load(scale + 32 * i + 16);
            NN_UNROLL for (int r = 0; r < count; r++) {
                const f32x16 y1 = load(x1 + 16 * r) * s1, y2 = load(x2 + 16 * r) * s2;
                store(x1 + 16 * r, y1);
                store(x2 + 16 * r, y2);
                sums[r] += y1 * y2;
            }
        } else {
            NN_UNROLL for (int r = 0; r < count; r++) sums[r] += load(x1 + 16 * r) * load(x2 + 16 * r);
        }
    }
    for (int32_t i = 0; scale && i < p->rest; i++, a += p->block) {
        const f32x16 s = load(scale + 32 * p->pairs + 16 * i);
        NN_UNROLL for (int r = 0; r < count; r++) store(a + 16 * r, load(a + 16 * r) * s);
    }
    const f32x16 signs = {-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, 0, 0, 0, 0, 0, 0};
    NN_UNROLL for (int r = 0; r < count; r++) start[r] = sum_of_lanes(sums[r] * signs);
}

static void NN(f32_start_pairs)(int64_t positions, const nn_pairs *p, const float *scale, float *a, float *start) {
    int64_t r = 0;
    for (; r + 8 <= positions; r += 8) start_positions(8, p, scale, a + 16 * r, start + r);
    for (; r < positions; r++) start_positions(1, p, scale, a + 16 * r, start + r);
}
