#pragma once
// The inner part of a Winograd convolution: a stack of planes is transformed along y and x, multiplied with the weights
// of every point, and transformed back. Along z the caller has transformed the planes before (or nothing at all).
#include "nn_kernels.h"
#include "nn_pool.h"

/// The shape of the work. A tile has 2 or 4 outputs along an axis and four points more.
typedef struct {
    const nn_kernels *_Nonnull kernels;
    int32_t in_blocks, out_blocks;
    int32_t tile_blocks;                // width of a weight panel in blocks
    const int32_t *_Nonnull in_used;    // [in_blocks]: lanes in use
    int32_t tile_y, tile_x;             // outputs of a tile
    int32_t planes, tiles_y, tiles_x;
} winograd_planes;

/// Where the planes lie, in floats; columns begin where the first tile reads its first tap. Rows that the tiles read
/// outside 0 ..< height are zero.
typedef struct {
    const float *_Nonnull data;         // row 0 of plane 0 of channel block 0
    int64_t block, plane, row;
    int32_t first_row, height;          // the row that the first tile reads first
} winograd_source;

typedef struct {
    float *_Nonnull data;
    int64_t block, plane, row;
} winograd_target;

/// Floats of a transformed row of `tiles` tiles.
static inline int64_t winograd_in_row(int32_t tile, int32_t tiles) { return ((int64_t)tile * tiles + 4) * NN_LANES; }
static inline int64_t winograd_out_row(int32_t tile, int32_t tiles) { return (int64_t)tile * tiles * NN_LANES; }

/// Floats of scratch memory for this shape and every smaller one.
int64_t winograd_planes_scratch(const winograd_planes *_Nonnull p);

/// Computes the blocks of the panels first_panel ..< last_panel; `weights` as [py][px][panel][in lane][16·blocks].
void winograd_planes_run(
    const winograd_planes *_Nonnull p, winograd_source source, const float *_Nonnull weights, int32_t first_panel,
    int32_t last_panel, winograd_target target, float *_Nonnull scratch);

/// Transforms PyTorch weights [out][in][5][5][5] in y and x alone, in double precision: packed
/// [py][px][panel][in lane][16·blocks]. Output lane n takes the z tap tap_of_lane[n] of channel channel_of_lane[n].
void winograd_pack_planes(
    nn_pool *_Nonnull pool, int32_t in_blocks, int32_t out_blocks, int32_t tile_y, int32_t tile_x,
    int32_t tile_blocks, const int32_t *_Nonnull channel_of_lane, const int32_t *_Nonnull tap_of_lane,
    const int32_t *_Nonnull in_channels, const float *_Nonnull source, int32_t source_inputs,
    const float *_Nonnull scale, float *_Nonnull packed);
