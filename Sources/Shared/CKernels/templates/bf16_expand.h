// Products whose results are activated and paired beside the products of the next tile. These keep the multipliers
// busy; an activation needs them once, and for the rest adders and shuffles that would be idle.

/// Two columns of bfloat16, one after the other, as pairs.
NN_INLINE __m512i interleaved(__m512i columns) {
    static const uint16_t LANES[32] = {0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23,
        8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    return _mm512_permutexvar_epi16(_mm512_loadu_si512(LANES), columns);
}

static void NN(bf16_pair_columns)(int64_t count, const uint16_t *in, nn_bf16_pair *out) {
    for (; count >= 2; count -= 2, in += 32, out += 16) _mm512_storeu_si512(out, interleaved(_mm512_loadu_si512(in)));
    if (count == 1) _mm512_storeu_si512(out, _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)in)));
}

/// What is left to do of a tile.
typedef struct {
    const float *sums;
    nn_bf16_pair *to;
    int64_t next_block;         // from behind the last pair of a block to the first of the next
    int32_t pairs, pair, left;
} bf16_unfinished;

NN_INLINE bf16_unfinished unfinished(const nn_bf16_columns *c) {
    return (bf16_unfinished){
        c->tile, c->output, c->block_stride - c->pairs * 16, c->pairs, 0, c->pairs * c->blocks};
}

NN_INLINE void activate_pair(bf16_unfinished *u) {
    const f32x16 even = silu2_lanes(load(u->sums)), odd = silu2_lanes(load(u->sums + 16));
    _mm512_storeu_si512(u->to, interleaved((__m512i)_mm512_cvtne2ps_pbh(odd, even)));
    u->left--;
    u->sums += 32;
    const bool ends = ++u->pair == u->pairs;
    u->to += 16 + (ends ? u->next_block : 0);
    u->pair = ends ? 0 : u->pair;
}

static void NN(bf16_activate_pairs)(const nn_bf16_columns *c) {
    bf16_unfinished u = unfinished(c);
    while (u.left) activate_pair(&u);
}

NN_INLINE void bf16_expand_tile(
    const int rows, const int blocks, const nn_segment *segments, int32_t count, const uint16_t *a, const uint16_t *b,
    const float *bias, float *tile, const nn_bf16_columns *before) {
    f32x16 sums[NN_MAX_TILE_ROWS][NN_MAX_TILE_BLOCKS];
    NN_UNROLL for (int r = 0; r < rows; r++)
        NN_UNROLL for (int v = 0; v < blocks; v++) sums[r][v] = load(bias + v * 16);
    bf16_unfinished u = unfinished(before);
    for (int32_t s = 0; s < count; s++) {
        const uint16_t *column = a + segments[s].a, *end = column + segments[s].k;
        const uint16_t *row = b + segments[s].b;
        for (; column < end && u.left; column += 2, row += 32 * blocks) {
            activate_pair(&u);
            NN_KEEP_ORDER();  // or the compiler begins with the products, and runs out of registers
            bf16_multiply(rows, blocks, column, row, sums);
        }
        for (; column < end; column += 2, row += 32 * blocks) bf16_multiply(rows, blocks, column, row, sums);
    }
    while (u.left) activate_pair(&u);
    NN_UNROLL for (int v = 0; v < blocks; v++)
        NN_UNROLL for (int r = 0; r < rows; r++)
            *(f32x16 *)(tile + (v * ((rows + 1) / 2 * 2) + r) * 16) = sums[r][v];
}

#define NN_BF16_EXPAND_TILE(ROWS, BLOCKS, UNUSED) \
    case ROWS: bf16_expand_tile(ROWS, BLOCKS, segments, count, a, b, bias, tile, before); return;
#undef NN_TILE
#define NN_TILE NN_BF16_EXPAND_TILE
#define NN_BF16_EXPAND(BLOCKS)                                                                                      \
    static __attribute__((noinline)) void bf16_expand_##BLOCKS(                                                     \
        int32_t rows, const nn_segment *segments, int32_t count, const uint16_t *a, const uint16_t *b,              \
        const float *bias, float *tile, const nn_bf16_columns *before) {                                            \
        switch (rows) { NN_TILES_6(BLOCKS, 16) }                                                                    \
        __builtin_trap();                                                                                           \
    }
NN_BF16_EXPAND(1)
NN_BF16_EXPAND(2)
NN_BF16_EXPAND(3)

static void NN(bf16_expand)(
    int32_t rows, int32_t blocks, const nn_segment *segments, int32_t count, const uint16_t *a, const uint16_t *b,
    const float *bias, float *tile, const nn_bf16_columns *before) {
    switch (blocks) {
    case 1: bf16_expand_1(rows, segments, count, a, b, bias, tile, before); return;
    case 2: bf16_expand_2(rows, segments, count, a, b, bias, tile, before); return;
    case 3: bf16_expand_3(rows, segments, count, a, b, bias, tile, before); return;
    }
    __builtin_trap();
}
