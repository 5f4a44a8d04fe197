// Which kernels this CPU can run.
#include "CPixels.h"

extern const px_kernels px_table__portable;

const px_kernels *px_kernels_for_tier(px_tier tier) {
#if defined(__x86_64__)
    extern const px_kernels px_table__avx2, px_table__avx512;
    const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (tier == PX_TIER_AVX2) return has_avx2 ? &px_table__avx2 : NULL;
    if (tier == PX_TIER_AVX512) return has_avx512 ? &px_table__avx512 : NULL;
#endif
    return tier == PX_TIER_PORTABLE ? &px_table__portable : NULL;
}

const px_kernels *px_best_kernels(void) {
    for (int tier = PX_TIER_AVX512; tier > PX_TIER_PORTABLE; tier--) {
        const px_kernels *kernels = px_kernels_for_tier((px_tier)tier);
        if (kernels) return kernels;
    }
    return &px_table__portable;
}
