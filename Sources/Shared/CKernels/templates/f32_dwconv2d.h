// The summands of depthwise convolutions in float32 (dwconv2d.h): one for each tap.

typedef f32x16 f32_dw_vector;
NN_INLINE int f32_dw_steps(const int kernel) { return kernel; }
NN_INLINE int f32_dw_column(const int kernel, const int step) { (void)kernel; return step; }
NN_INLINE f32_dw_vector f32_dw_load(const float *p) { return load(p); }
NN_INLINE f32x16 f32_dw_add(f32x16 sum, f32_dw_vector x, f32_dw_vector weight) { return sum + x * weight; }
