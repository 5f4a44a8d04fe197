// Sixteen float lanes and the functions on them; included once a tier, inside that tier's target attribute.
//
// The functions are always inlined, so no vector is ever passed in a call and the warning about that does not apply.
#pragma clang diagnostic ignored "-Wpsabi"

#define NN_CAT2(name, isa) nn_##name##__##isa
#define NN_CAT(name, isa) NN_CAT2(name, isa)
/// The exported name of a kernel of this tier: NN(f32_silu) is nn_f32_silu__avx512.
#define NN(name) NN_CAT(name, NN_ISA)
#define NN_INLINE static inline __attribute__((always_inline))
#define NN_PREFETCH(address) __builtin_prefetch(address, 0, 2)
#define NN_UNROLL _Pragma("clang loop unroll(full)")

typedef float f32x16 __attribute__((ext_vector_type(16)));
typedef float f32x16_unaligned __attribute__((ext_vector_type(16), aligned(4)));
typedef int i32x16 __attribute__((ext_vector_type(16)));

NN_INLINE f32x16 load(const float *p) { return *(const f32x16_unaligned *)p; }
NN_INLINE void store(float *p, f32x16 x) { *(f32x16_unaligned *)p = x; }
NN_INLINE f32x16 splat(float x) { return (f32x16)(x); }

/// e^x to 1e-6 relative: x = n·ln 2 + r, |r| ≤ ln 2 / 2, a polynomial of degree 6 in r, the exponent n set as bits.
NN_INLINE f32x16 exp_lanes(f32x16 x) {
    const f32x16 highest = splat(88.0f), lowest = splat(-87.0f);
    x = x > highest ? highest : x;
    x = x < lowest ? lowest : x;
    const f32x16 round = splat(12582912.0f);  // 1.5 · 2^23: adding it rounds to an integer
    const f32x16 shifted = x * splat(1.44269504f) + round;
    const f32x16 n = shifted - round;
    const f32x16 r = (x - n * splat(0.693359375f)) - n * splat(-2.12194440e-4f);
    f32x16 p = splat(1.0f / 720);
    p = p * r + splat(1.0f / 120);
    p = p * r + splat(1.0f / 24);
    p = p * r + splat(1.0f / 6);
    p = p * r + splat(0.5f);
    p = p * r + splat(1.0f);
    p = p * r + splat(1.0f);
    const i32x16 exponent = (__builtin_convertvector(n, i32x16) + 127) << 23;
    return p * (f32x16)exponent;
}
NN_INLINE f32x16 sigmoid_lanes(f32x16 x) { return splat(1.0f) / (splat(1.0f) + exp_lanes(-x)); }
NN_INLINE f32x16 silu_lanes(f32x16 x) { return x / (splat(1.0f) + exp_lanes(-x)); }
/// Written so that NaN stays NaN.
NN_INLINE f32x16 elu_lanes(f32x16 x) { return x <= splat(0.0f) ? exp_lanes(x) - splat(1.0f) : x; }

NN_INLINE f32x16 activate(f32x16 x, nn_activation activation) {
    switch (activation) {
    case NN_ACTIVATION_SILU: return silu_lanes(x);
    case NN_ACTIVATION_ELU: return elu_lanes(x);
    case NN_ACTIVATION_NONE: return x;
    }
    return x;
}
