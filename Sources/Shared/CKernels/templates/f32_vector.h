// Sixteen float lanes and the functions on them; included once a tier, inside that tier's target attribute.
//
// The functions are always inlined, so no vector is ever passed in a call and the warning about that does not apply.
#pragma clang diagnostic ignored "-Wpsabi"

#define NN_CAT2(name, isa) nn_##name##__##isa
#define NN_CAT(name, isa) NN_CAT2(name, isa)
/// The exported name of a kernel of this tier: NN(f32_silu) is nn_f32_silu__avx512.
#define NN(name) NN_CAT(name, NN_ISA)
/// The same for a template that is included once for every type: nn_f32_epilogue__avx512; and a helper of it.
#define NN_KERNEL3(type, name, isa) nn_##type##_##name##__##isa
#define NN_KERNEL2(type, name, isa) NN_KERNEL3(type, name, isa)
#define NN_KERNEL(name) NN_KERNEL2(NN_TYPE, name, NN_ISA)
#define NN_TYPED3(type, name) type##_##name
#define NN_TYPED2(type, name) NN_TYPED3(type, name)
#define NN_TYPED(name) NN_TYPED2(NN_TYPE, name)
#define NN_OVERLOADED __attribute__((overloadable))
#define NN_INLINE static inline __attribute__((always_inline))
#define NN_PREFETCH(address) __builtin_prefetch(address, 0, 2)
#define NN_UNROLL _Pragma("clang loop unroll(full)")
/// The compiler moves no load or store over this.
#define NN_KEEP_ORDER() __asm__ volatile("" ::: "memory")
/// The compiler has computed a vector here and does not put that off.
#define NN_COMPUTED(vector) __asm__ volatile("" : "+v"(vector))

typedef float f32x16 __attribute__((ext_vector_type(16)));
typedef float f32x16_unaligned __attribute__((ext_vector_type(16), aligned(4)));
typedef int i32x16 __attribute__((ext_vector_type(16)));

NN_INLINE NN_OVERLOADED f32x16 load(const float *p) { return *(const f32x16_unaligned *)p; }
NN_INLINE NN_OVERLOADED void store(float *p, f32x16 x) { *(f32x16_unaligned *)p = x; }
NN_INLINE f32x16 splat(float x) { return (f32x16)(x); }

/// 2^r for 0 ≤ r < 1: minimax polynomials with relative errors of 3e-6 and 8e-8 for degrees 4 and 5.
NN_INLINE f32x16 exp2_fraction(f32x16 r, const int degree) {
    if (degree == 4) {
        f32x16 p = splat(0.013534168f) * r + splat(0.05201146f);
        p = p * r + splat(0.24144276f);
        p = p * r + splat(0.69300383f);
        return p * r + splat(1.0000026f);
    }
    f32x16 p = splat(1.8775767e-3f) * r + splat(8.9893397e-3f);
    p = p * r + splat(0.055826318f);
    p = p * r + splat(0.24015361f);
    p = p * r + splat(0.69315308f);
    return p * r + splat(0.99999994f);
}

/// 2^x: x = n + r, a polynomial in r, then the exponent n.
NN_INLINE f32x16 exp2_lanes(f32x16 x, const int degree) {
#ifdef NN_HAS_SCALEF  // instructions for both ends, which round down and need no limits
    return _mm512_scalef_ps(exp2_fraction(_mm512_reduce_ps(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC), degree), x);
#else
    const f32x16 highest = splat(126.0f), lowest = splat(-125.0f);
    x = x > highest ? highest : x;
    x = x < lowest ? lowest : x;
    const f32x16 round = splat(12582912.0f);  // 1.5 · 2^23: adding it rounds to an integer
    const f32x16 shifted = (x - splat(0.5f)) + round;
    return (f32x16)((i32x16)exp2_fraction(x - (shifted - round), degree) + ((i32x16)shifted << 23));
#endif
}

enum { EXACT = 5, FAST = 4 };
static const float LOG2_E = 1.44269504f;
NN_INLINE f32x16 sigmoid_lanes(f32x16 x) { return splat(1.0f) / (splat(1.0f) + exp2_lanes(x * -LOG2_E, EXACT)); }
NN_INLINE f32x16 silu_lanes(f32x16 x) { return x / (splat(1.0f) + exp2_lanes(x * -LOG2_E, EXACT)); }
/// The most frequent activation. Its errors, 3e-6 of itself for float32 and up to 1.4e-3 for bfloat16, are below what products add.
#ifdef NN_COARSE
#include "coarse_silu2.h"
#else
NN_INLINE f32x16 silu2_lanes(f32x16 t) { return t / (splat(1.0f) + exp2_lanes(t, FAST)); }
#endif
/// Written so that NaN stays NaN.
NN_INLINE f32x16 elu_lanes(f32x16 x) { return x <= splat(0.0f) ? exp2_lanes(x * LOG2_E, EXACT) - splat(1.0f) : x; }

NN_INLINE f32x16 activate(f32x16 x, nn_activation activation) {
    switch (activation) {
    case NN_ACTIVATION_SILU2: return silu2_lanes(x);
    case NN_ACTIVATION_ELU: return elu_lanes(x);
    case NN_ACTIVATION_NONE: return x;
    }
    return x;
}
