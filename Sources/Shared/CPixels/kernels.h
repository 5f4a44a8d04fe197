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

/// Sixteen samples along one axis: the voxel below each coordinate, the share of the one above, and whether it lies
/// outside the reach.
static inline void PX_NAME(around)(double start, double step, size_t first, size_t extent, double reach,
                                   int32_t low[16], float share[16], bool outside[16]) {
    const double last = (double)(extent - 1);
    const int32_t greatest = extent >= 2 ? (int32_t)extent - 2 : 0;
    for (size_t lane = 0; lane < 16; lane++) {
        const double at = start + step * (double)(first + lane);
        outside[lane] |= !(at >= -reach && at <= last + reach);
        const double above = at > 0 ? at : 0;  // also of what is no number
        const double clamped = above < last ? above : last;
        const int32_t whole = (int32_t)clamped;
        low[lane] = whole < greatest ? whole : greatest;
        share[lane] = (float)(clamped - (double)low[lane]);
    }
}

static inline float PX_NAME(mix)(float low, float high, float share) { return low + (high - low) * share; }

static void PX_NAME(trilinear_row)(const float *voxels, const size_t extent[3], double reach, const double start[3],
                                   const double step[3], size_t count, float *out, bool *inside) {
    const size_t row = extent[0], slice = extent[0] * extent[1];
    const size_t to_column = extent[0] > 1 ? 1 : 0, to_row = extent[1] > 1 ? row : 0;
    const size_t to_slice = extent[2] > 1 ? slice : 0;
    for (size_t first = 0; first < count; first += 16) {
        int32_t low[3][16];
        float share[3][16];
        bool outside[16] = {false};
        for (int axis = 0; axis < 3; axis++)
            PX_NAME(around)(
                start[axis], step[axis], first, extent[axis], reach, low[axis], share[axis], outside);
        float corner[8][16] __attribute__((aligned(64)));
#pragma clang loop vectorize(disable)  // gathers are slower than loads
        for (size_t lane = 0; lane < 16; lane++) {
            const float *at =
                voxels + (size_t)low[2][lane] * slice + (size_t)low[1][lane] * row + (size_t)low[0][lane];
            for (int c = 0; c < 8; c++)
                corner[c][lane] = at[(c & 4 ? to_slice : 0) + (c & 2 ? to_row : 0) + (c & 1 ? to_column : 0)];
        }
        float values[16];
        for (size_t lane = 0; lane < 16; lane++) {
            float edge[4], face[2];
            for (int c = 0; c < 4; c++)
                edge[c] = PX_NAME(mix)(corner[2 * c][lane], corner[2 * c + 1][lane], share[0][lane]);
            for (int c = 0; c < 2; c++) face[c] = PX_NAME(mix)(edge[2 * c], edge[2 * c + 1], share[1][lane]);
            values[lane] = PX_NAME(mix)(face[0], face[1], share[2][lane]);
        }
        const size_t lanes = count - first < 16 ? count - first : 16;
        for (size_t lane = 0; lane < lanes; lane++) {
            inside[first + lane] = !outside[lane];
            out[first + lane] = outside[lane] ? 0 : values[lane];
        }
    }
}

const px_kernels PX_NAME(table) = {
    PX_NAME(span),          PX_NAME(count_outside), PX_NAME(mark_outside), PX_NAME(on_ramp),
    PX_NAME(weighted_rows), PX_NAME(matrix_vector), PX_NAME(weighted_box), PX_NAME(trilinear_row),
};
