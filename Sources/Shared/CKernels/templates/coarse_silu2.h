// SILU2 from a table, for bfloat16: to 1.4e-3. Multipliers, which the products need, are used once, everything else
// goes to other units.
//
// t / (1 + 2^t) = t/2 - h(|t|) with h(a) = a/2 - a / (1 + 2^a), least squares of degree 1 on 32 pieces, so that errors
// have no sign on the whole; the first one goes through zero. A piece is the binade and the next three bits of |t| + 1:
// pieces of 1/8 up to 1, of 1/4 up to 3, of 1/2 up to 7, of 1 up to 14, and a/2.
static const float SILU2_CONSTANT[32] = {
    -0.18817568f, -0.26230156f, -0.33756268f, -0.40940768f, -0.47415054f, -0.52913845f, -0.5727697f, -0.60439861f,
    -0.62889498f, -0.62709302f, -0.59379196f, -0.54046488f, -0.47701564f, -0.4108811f, -0.3470487f, -0.28848058f,
    -0.21453907f, -0.1386625f, -0.086895972f, -0.05317333f, -0.031924833f, -0.018870782f, -0.01100975f, 0.0f,
    0.0f, -0.0058404841f, -0.016499002f, -0.032189805f, -0.052568778f, -0.077196792f, -0.10555509f, -0.13706288f};
static const float SILU2_LINEAR[32] = {
    0.35349369f, 0.41291425f, 0.46319088f, 0.50433075f, 0.53677195f, 0.56126654f, 0.57876235f, 0.59029669f,
    0.59842592f, 0.59801209f, 0.58973163f, 0.57789558f, 0.56520516f, 0.55317384f, 0.54252636f, 0.53350741f,
    0.52304506f, 0.51352257f, 0.5077486f, 0.50436401f, 0.50242573f, 0.50133437f, 0.50072789f, 0.5f,
    0.016238764f, 0.064787984f, 0.10744339f, 0.14930648f, 0.19008483f, 0.22950937f, 0.26733938f, 0.30336633f};

NN_INLINE f32x16 silu2_table(const float *table, __m512i piece) {
    return (f32x16)_mm512_permutex2var_ps(_mm512_loadu_ps(table), piece, _mm512_loadu_ps(table + 16));
}

NN_INLINE f32x16 silu2_lanes(f32x16 t) {
    const f32x16 a = (f32x16)_mm512_range_ps((__m512)t, (__m512)splat(14.5f), 0x0a);  // the smaller magnitude, without its sign
    const __m512i piece = _mm512_srli_epi32((__m512i)(a + splat(1.0f)), 20);
    const f32x16 slope = silu2_table(SILU2_LINEAR, piece);
    // slope · |t| = ±slope · t; 0x78: the first operand with its sign changed where that of the second is set.
    const __m512i sign = _mm512_set1_epi32((int)0x80000000);
    const f32x16 signed_slope = (f32x16)_mm512_ternarylogic_epi32((__m512i)slope, (__m512i)t, sign, 0x78);
    return (splat(0.5f) - signed_slope) * t - silu2_table(SILU2_CONSTANT, piece);
}
