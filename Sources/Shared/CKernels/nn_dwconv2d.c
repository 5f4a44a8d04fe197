// Depthwise convolution and squeeze-and-excitation over the pool.
#include "nn_convolution.h"

enum { MIN_STRIP_ROWS = 4, STRIP_TASKS_PER_THREAD = 8 };

typedef struct {
    const nn_kernels *kernels;
    const nn_dwconv2d *d;
    const float *input;
    float *output, *sums;
    int32_t strips;
} dwconv_job;

int32_t nn_dwconv2d_strips(const nn_dwconv2d *d, int32_t threads) {
    if (threads == 1) return 1;
    const int32_t wanted = (threads * STRIP_TASKS_PER_THREAD + d->blocks - 1) / d->blocks;
    const int32_t most = d->out_height / MIN_STRIP_ROWS > 1 ? d->out_height / MIN_STRIP_ROWS : 1;
    return wanted < most ? wanted : most;
}

static void run_strip(void *context, int32_t worker, int64_t index) {
    (void)worker;
    const dwconv_job *job = context;
    const nn_dwconv2d *d = job->d;
    const int32_t block = (int32_t)(index / job->strips), strip = (int32_t)(index % job->strips);
    float *sum = job->sums + ((int64_t)strip * d->blocks + block) * NN_LANES;
    for (int lane = 0; lane < NN_LANES; lane++) sum[lane] = 0;
    job->kernels->dwconv2d(
        d, block, d->out_height * strip / job->strips, d->out_height * (strip + 1) / job->strips,
        job->input + (int64_t)block * d->in_height * d->in_width * NN_LANES,
        job->output + (int64_t)block * d->out_height * d->out_width * NN_LANES, sum);
}

void nn_dwconv2d_run(
    const nn_kernels *kernels, nn_pool *pool, const nn_dwconv2d *d, const float *input, float *output, float *sums) {
    dwconv_job job = {kernels, d, input, output, sums, nn_dwconv2d_strips(d, nn_pool_threads(pool))};
    nn_pool_for(pool, (int64_t)d->blocks * job.strips, run_strip, &job);
}

void nn_squeeze_run(
    const nn_kernels *kernels, const nn_squeeze *s, int32_t strips, const float *sums, float area, float *mean,
    float *hidden, float *factors) {
    for (int32_t i = 0; i < s->channels; i++) {
        float total = 0;
        for (int32_t strip = 0; strip < strips; strip++) total += sums[(int64_t)strip * s->channels + i];
        mean[i] = total / area;
    }
    kernels->gemv(s->squeezed, s->channels, s->reduce, mean, hidden);
    for (int32_t j = 0; j < s->squeezed; j++) hidden[j] += s->reduce_bias[j];
    kernels->silu(s->squeezed, hidden);
    kernels->gemv_transposed(s->channels, s->squeezed, s->expand, hidden, s->expand_bias, factors);
    kernels->sigmoid(s->channels, factors);
}
