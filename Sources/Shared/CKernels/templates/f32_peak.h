// What the CPU can do at most: independent chains of fused multiply-adds in registers.

static float NN(f32_peak)(int64_t rounds) {
    f32x16 sums[NN_PEAK_CHAINS];
    const f32x16 factor = splat(0.5f);
    NN_UNROLL for (int c = 0; c < NN_PEAK_CHAINS; c++) sums[c] = splat((float)c);
    for (int64_t i = 0; i < rounds; i++)
        NN_UNROLL for (int c = 0; c < NN_PEAK_CHAINS; c++) sums[c] = sums[c] * factor + factor;
    float total = 0;
    for (int c = 0; c < NN_PEAK_CHAINS; c++) total += sums[c][0];
    return total;
}
