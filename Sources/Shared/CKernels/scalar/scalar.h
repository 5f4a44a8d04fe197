#pragma once
// The scalar tier: the definition of every kernel, written to be read.
#include <math.h>
#include "nn_kernels.h"

float nn_f32_activate__scalar(float x, nn_activation activation);
void nn_f32_brgemm__scalar(
    int32_t rows, int32_t blocks, const nn_segment *segments, int32_t count, const float *a, int32_t a_step,
    const float *b, float *tile);
void nn_f32_brgemm_paired__scalar(
    int32_t rows, int32_t blocks, const nn_pairs *p, const float *a, const float *b, const float *start, float *tile);
void nn_f32_start_pairs__scalar(int64_t positions, const nn_pairs *p, const float *scale, float *a, float *start);
void nn_f32_epilogue__scalar(int32_t rows, int32_t blocks, const float *tile, const nn_epilogue *e);
void nn_f32_dwconv2d__scalar(
    const nn_dwconv2d *d, int32_t block, const float *const *rows, float *output, float *sum);
void nn_f32_gemv__scalar(int32_t outputs, int32_t inputs, const float *w, const float *x, float *y);
void nn_f32_gemv_transposed__scalar(
    int32_t outputs, int32_t inputs, const float *w, const float *x, const float *bias, float *y);
void nn_f32_silu__scalar(int64_t count, float *x);
void nn_f32_sigmoid__scalar(int64_t count, float *x);
void nn_f32_scale_rows__scalar(int64_t rows, int32_t blocks, const float *scale, const float *in, float *out);
void nn_f32_scale_lanes__scalar(int64_t count, const float *scale, float *x);
void nn_f32_winograd_forward__scalar(
    int32_t tile, int32_t count, const float *const *taps, int64_t tap_step, float *out, int64_t point_stride,
    int64_t out_step);
void nn_f32_winograd_inverse__scalar(
    int32_t tile, int32_t count, const float *in, int64_t point_stride, int64_t in_step, float *out,
    int64_t row_stride, int64_t out_step);
float nn_f32_peak__scalar(int64_t rounds);
void nn_f32_sum_taps__scalar(int32_t count, int32_t taps, const float *const *from, float *out);
