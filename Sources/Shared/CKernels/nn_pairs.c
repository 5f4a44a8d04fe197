// Weights for paired products, and the pass over their input.
#include "nn_pairs.h"

#include <string.h>

#include "nn_tasks.h"

enum { POSITIONS_A_TASK = 72 };

void nn_pack_pairs(
    int32_t in_blocks, int32_t pairs, int32_t out_blocks, int32_t tile_blocks, float *packed, float *sums) {
    enum { ROWS = 2 * NN_LANES, WIDEST = NN_MAX_TILE_BLOCKS * NN_LANES };
    float copy[ROWS * WIDEST];
    for (int32_t first = 0; first < out_blocks; first += tile_blocks) {
        const int32_t blocks = out_blocks - first < tile_blocks ? out_blocks - first : tile_blocks;
        const int32_t width = blocks * NN_LANES;
        float *panel = packed + nn_packed_count(in_blocks, NN_LANES, 1, first);
        double totals[WIDEST] = {0};
        for (int32_t p = 0; p < pairs; p++, panel += ROWS * width) {
            memcpy(copy, panel, sizeof(float) * (size_t)(ROWS * width));
            for (int32_t row = 0; row < ROWS; row++)
                memcpy(panel + nn_paired_row(row / NN_LANES, row % NN_LANES) * width, copy + row * width,
                    sizeof(float) * (size_t)width);
            for (int32_t lane = 0; lane < NN_PAIRED_LANES; lane++)
                for (int32_t n = 0; n < width; n++) {
                    const double product = (double)copy[lane * width + n] * copy[(NN_LANES + lane) * width + n];
                    totals[n] += lane % 2 ? -product : product;
                }
        }
        for (int32_t n = 0; n < width; n++) sums[first * NN_LANES + n] = (float)totals[n];
    }
}

typedef struct {
    const nn_kernels *kernels;
    const nn_pairs *p;
    int64_t positions;
    const float *scale;
    float *input, *start;
} start_job;

static void start_part(void *context, int32_t worker, int64_t part) {
    (void)worker;
    const start_job *job = context;
    const int64_t from = part * POSITIONS_A_TASK;
    const int64_t count = job->positions - from < POSITIONS_A_TASK ? job->positions - from : POSITIONS_A_TASK;
    job->kernels->start_pairs(count, job->p, job->scale, job->input + from * NN_LANES, job->start + from);
}

void nn_start_pairs(
    const nn_kernels *kernels, nn_pool *pool, const nn_pairs *p, int64_t positions, const float *scale, float *input,
    float *start) {
    start_job job = {kernels, p, positions, scale, input, start};
    nn_pool_for(pool, (positions + POSITIONS_A_TASK - 1) / POSITIONS_A_TASK, start_part, &job);
}
