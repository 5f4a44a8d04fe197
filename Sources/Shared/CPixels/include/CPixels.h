#pragma once
// Loops over many pixels and voxels that the Swift compiler does not turn into vector instructions. Each is compiled once
// for AVX-512, AVX2 and plain vectors (`kernels.h`); the best one that this CPU has is chosen at the first call.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A line over words, cut off: min(max(offset + slope · word, low), high).
typedef struct {
    float offset, slope, low, high;
} px_ramp;

typedef struct {
    /// The lowest and the highest of `count` (at least one) little endian words, at any address.
    void (*_Nonnull span)(const void *_Nonnull words, size_t count, uint16_t *_Nonnull low, uint16_t *_Nonnull high);
    /// How many of `count` little endian words, at any address, lie outside low…low + extent.
    size_t (*_Nonnull count_outside)(const void *_Nonnull words, size_t count, uint16_t low, uint16_t extent);
    /// Adds 1 to counts[i] where word i lies outside low…low + extent.
    void (*_Nonnull mark_outside)(const void *_Nonnull words, size_t count, uint16_t low, uint16_t extent,
                                  uint32_t *_Nonnull counts);
    /// out[i]: word i, of `count` little endian ones at any address, on a ramp.
    void (*_Nonnull on_ramp)(const void *_Nonnull words, size_t count, px_ramp ramp, float *_Nonnull out);
    /// out[i] = Σ weights[r] · rows[r][i].
    void (*_Nonnull weighted_rows)(const float *_Nonnull const *_Nonnull rows, const float *_Nonnull weights,
                                   size_t row_count, float *_Nonnull out, size_t count);
    /// out[r] = Σ matrix[r · columns + i] · vector[i].
    void (*_Nonnull matrix_vector)(const float *_Nonnull matrix, const float *_Nonnull vector, size_t rows,
                                   size_t columns, float *_Nonnull out);
    /// Σ wz[z] · wy[y] · wx[x] · voxels[z · slice_stride + y · row_stride + x] over a box of nx × ny × nz voxels.
    float (*_Nonnull weighted_box)(const float *_Nonnull voxels, size_t row_stride, size_t slice_stride,
                                   const float *_Nonnull wx, size_t nx, const float *_Nonnull wy, size_t ny,
                                   const float *_Nonnull wz, size_t nz);
    /// Trilinear values at start + i · step, in voxels (column, row, slice), of a volume of extent[0] columns, extent[1]
    /// rows and extent[2] slices. Beyond `reach` outside the outermost voxel centres the value is 0; up to there the
    /// outermost one continues.
    void (*_Nonnull trilinear_row)(const float *_Nonnull voxels, const size_t extent[_Nonnull 3], double reach,
                                   const double start[_Nonnull 3], const double step[_Nonnull 3], size_t count,
                                   float *_Nonnull out, bool *_Nonnull inside);
} px_kernels;

typedef enum { PX_TIER_PORTABLE = 0, PX_TIER_AVX2, PX_TIER_AVX512 } px_tier;

/// NULL where this CPU has not got the tier.
const px_kernels *_Nullable px_kernels_for_tier(px_tier tier);
/// Of the best tier.
const px_kernels *_Nonnull px_best_kernels(void);
