// Which tier this CPU can run.
#include "nn_kernels.h"
#include "nn_tables.h"

static bool tier_is_supported(nn_tier tier) {
    switch (tier) {
    case NN_TIER_SCALAR:
    case NN_TIER_PORTABLE: return true;
#if defined(__x86_64__)
    case NN_TIER_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case NN_TIER_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
            && __builtin_cpu_supports("fma");
#else
    case NN_TIER_AVX2:
    case NN_TIER_AVX512: return false;
#endif
    }
    return false;
}

nn_tier nn_best_tier(void) {
    if (tier_is_supported(NN_TIER_AVX512)) return NN_TIER_AVX512;
    if (tier_is_supported(NN_TIER_AVX2)) return NN_TIER_AVX2;
    return NN_TIER_PORTABLE;
}

bool nn_adds_beside_products(void) {
#if defined(__x86_64__)
    return __builtin_cpu_is("amd");  // Zen has units for additions only; in Intel's they share a port with products
#else
    return false;
#endif
}

const nn_kernels *nn_kernels_for_tier(nn_tier tier) {
    if (!tier_is_supported(tier)) return NULL;
    switch (tier) {
    case NN_TIER_SCALAR: return &nn_table__scalar;
    case NN_TIER_PORTABLE: return &nn_table__portable;
#if defined(__x86_64__)
    case NN_TIER_AVX2: return &nn_table__avx2;
    case NN_TIER_AVX512: return &nn_table__avx512;
#else
    case NN_TIER_AVX2:
    case NN_TIER_AVX512: return NULL;
#endif
    }
    return NULL;
}

const nn_bf16_kernels *nn_bf16_kernels_for_tier(nn_tier tier) {
    if (tier == NN_TIER_SCALAR) return &nn_bf16_table__scalar;
#if defined(__x86_64__)
    if (tier == NN_TIER_AVX512 && tier_is_supported(tier) && __builtin_cpu_supports("avx512bf16"))
        return &nn_bf16_table__avx512;
#endif
    return NULL;
}
