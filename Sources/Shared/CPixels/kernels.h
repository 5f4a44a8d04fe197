// The kernels, in plain C and 16-lane vectors. A tier includes this file inside its `target` attribute with PX_NAME set.
#include "CPixels.h"

#include <string.h>

typedef float v16f __attribute__((vector_size(64), aligned(4)));
typedef uint16_t v32u __attribute__((vector_size(64), aligned(1)));

static void PX_NAME(span)(const void *words, size_t count, uint16_t *low, uint16_t *high) {
    const uint8_t *bytes = words;
    uint16_t lowest = UINT16_MAX, highest = 0;
    size_t i = 0;
    if (count >= 32) {
        v32u least = *(const v32u *)bytes, most = least;
        for (; i + 32 <= count; i += 32) {
            const v32u part = *(const v32u *)(bytes + 2 * i);
            least = __builtin_elementwise_min(least, part);
            most = __builtin_elementwise_max(most, part);
        }
        lowest = __builtin_reduce_min(least);
        highest = __builtin_reduce_max(most);
    }
    for (; i < count; i++) {
        uint16_t word;
        memcpy(&word, bytes + 2 * i, 2);
        lowest = word < lowest ? word : lowest;
        highest = word > highest ? word : highest;
    }
    *low = lowest;
    *high = highest;
}

// A word below `low` wraps around to one far above. The compiler makes vectors of both loops.
static inline uint32_t PX_NAME(is_outside)(const uint8_t *at, uint16_t low, uint16_t extent) {
    uint16_t word;
    memcpy(&word, at, 2);
    return (uint16_t)(word - low) > extent;
}

static size_t PX_NAME(count_outside)(const void *words, size_t count, uint16_t low, uint16_t extent) {
    const uint8_t *bytes = words;
    uint32_t found = 0;
    for (size_t i = 0; i < count; i++) found += PX_NAME(is_outside)(bytes + 2 * i, low, extent);
    return found;
}

static void PX_NAME(mark_outside)(const void *words, size_t count, uint16_t low, uint16_t extent,
                                  uint32_t *restrict counts) {
    const uint8_t *bytes = words;
    for (size_t i = 0; i < count; i++) counts[i] += PX_NAME(is_outside)(bytes + 2 * i, low, extent);
}

static inline float PX_NAME(ramp_value)(uint16_t word, px_ramp ramp) {
    float value = ramp.offset + ramp.slope * (float)word;
    value = value > ramp.low ? value : ramp.low;
    return value < ramp.high ? value : ramp.high;
}

// The compiler makes vectors of the loop.
static void PX_NAME(on_ramp)(const void *words, size_t count, px_ramp ramp, float *restrict out) {
    const uint8_t *bytes = words;
    for (size_t i = 0; i < count; i++) {
        uint16_t word;
        memcpy(&word, bytes + 2 * i, 2);
        out[i] = PX_NAME(ramp_value)(word, ramp);
    }
}

static void PX_NAME(weighted_rows)(const float *const *rows, const float *weights, size_t row_count, float *out,
                                   size_t count) {
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {  // the sums stay in registers
        v16f first = {0}, second = {0};
        for (size_t r = 0; r < row_count; r++) {
            first += weights[r] * *(const v16f *)(rows[r] + i);
            second += weights[r] * *(const v16f *)(rows[r] + i + 16);
        }
        *(v16f *)(out + i) = first;
        *(v16f *)(out + i + 16) = second;
    }
    for (; i + 16 <= count; i += 16) {
        v16f sum = {0};
        for (size_t r = 0; r < row_count; r++) sum += weights[r] * *(const v16f *)(rows[r] + i);
        *(v16f *)(out + i) = sum;
    }
    for (; i < count; i++) {
        float sum = 0;
        for (size_t r = 0; r < row_count; r++) sum += weights[r] * rows[r][i];
        out[i] = sum;
    }
}

static inline float PX_NAME(sum)(v16f lanes) {
    float sum = 0;
    for (int lane = 0; lane < 16; lane++) sum += lanes[lane];
    return sum;
}

static void PX_NAME(matrix_vector)(const float *matrix, const float *vector, size_t rows, size_t columns, float *out) {
    const size_t whole = columns / 16 * 16;
    size_t row = 0;
    for (; row + 4 <= rows; row += 4) {  // four sums side by side: an addition does not wait for the one before
        const float *first = matrix + row * columns;
        v16f sums[4] = {{0}};
        for (size_t i = 0; i < whole; i += 16) {
            const v16f part = *(const v16f *)(vector + i);
            for (size_t r = 0; r < 4; r++) sums[r] += part * *(const v16f *)(first + r * columns + i);
        }
        for (size_t r = 0; r < 4; r++) out[row + r] = PX_NAME(sum)(sums[r]);
    }
    for (; row < rows; row++) {
        v16f sum = {0};
        for (size_t i = 0; i < whole; i += 16)
            sum += *(const v16f *)(vector + i) * *(const v16f *)(matrix + row * columns + i);
        out[row] = PX_NAME(sum)(sum);
    }
    for (row = 0; row < rows; row++)
        for (size_t i = whole; i < columns; i++) out[row] += matrix[row * columns + i] * vector[i];
}

static float PX_NAME(weighted_box)(const float *voxels, size_t row_stride, size_t slice_stride, const float *wx,
                                   size_t nx, const float *wy, size_t ny, const float *wz, size_t nz) {
    float total = 0;
    size_t x = 0;
    // The weights along x come last, so that a line of voxels costs one product a vector.
    for (; x + 16 <= nx; x += 16) {
        v16f sum = {0};
        for (size_t z = 0; z < nz; z++)
            for (size_t y = 0; y < ny; y++)
                sum += wz[z] * wy[y] * *(const v16f *)(voxels + z * slice_stride + y * row_stride + x);
        sum *= *(const v16f *)(wx + x);
        for (int lane = 0; lane < 16; lane++) total += sum[lane];
    }
    for (; x < nx; x++) {
        float sum = 0;
        for (size_t z = 0; z < nz; z++)
            for (size_t y = 0; y < ny; y++) sum += wz[z] * wy[y] * voxels[z * slice_stride + y * row_stride + x];
        total += sum * wx[x];
    }
    return total;
}

/// The two voxels around a coordinate inside the reach, and the upper one's weight.
typedef struct {
    size_t low, high;
    float weight;
} PX_NAME(neighbours);

static inline PX_NAME(neighbours) PX_NAME(around)(double coordinate, size_t extent) {
    const double last = (double)(extent - 1);
    const double clamped = coordinate < 0 ? 0 : coordinate > last ? last : coordinate;
    size_t low = (size_t)clamped;
    if (low + 1 >= extent) low = extent >= 2 ? extent - 2 : 0;
    const size_t high = low + 1 < extent ? low + 1 : low;
    return (PX_NAME(neighbours)){low, high, (float)(clamped - (double)low)};
}

static inline float PX_NAME(mix)(float low, float high, float weight) { return low + (high - low) * weight; }

static void PX_NAME(trilinear_row)(const float *voxels, const size_t extent[3], double reach, const double start[3],
                                   const double step[3], size_t count, float *out, bool *inside) {
    for (size_t i = 0; i < count; i++) {
        double at[3];
        bool is_inside = true;
        for (int axis = 0; axis < 3; axis++) {
            at[axis] = start[axis] + step[axis] * (double)i;
            is_inside &= at[axis] >= -reach && at[axis] <= (double)(extent[axis] - 1) + reach;
        }
        inside[i] = is_inside;
        out[i] = 0;
        if (!is_inside) continue;
        const PX_NAME(neighbours) x = PX_NAME(around)(at[0], extent[0]), y = PX_NAME(around)(at[1], extent[1]),
                                  z = PX_NAME(around)(at[2], extent[2]);
        float faces[2];
        for (int f = 0; f < 2; f++) {
            const float *slice = voxels + (f ? z.high : z.low) * extent[1] * extent[0];
            const float *low = slice + y.low * extent[0], *high = slice + y.high * extent[0];
            faces[f] = PX_NAME(mix)(
                PX_NAME(mix)(low[x.low], low[x.high], x.weight), PX_NAME(mix)(high[x.low], high[x.high], x.weight),
                y.weight);
        }
        out[i] = PX_NAME(mix)(faces[0], faces[1], z.weight);
    }
}

const px_kernels PX_NAME(table) = {
    PX_NAME(span),          PX_NAME(count_outside), PX_NAME(mark_outside), PX_NAME(on_ramp),
    PX_NAME(weighted_rows), PX_NAME(matrix_vector), PX_NAME(weighted_box), PX_NAME(trilinear_row),
};
