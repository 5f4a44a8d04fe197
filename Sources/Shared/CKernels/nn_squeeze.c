// Squeeze and excitation: the factor of every channel from the mean of its map.
#include "nn_depthwise.h"
#include "nn_tasks.h"

/// Products of one of the two layers from which on more than one thread is worth its start.
enum { SHARED_FROM = 1 << 16 };

typedef struct {
    const nn_kernels *kernels;
    const nn_squeeze *s;
    const float *mean;
    float *hidden, *factors;
    int32_t parts;
} squeeze_job;

static void reduce_part(void *context, int32_t worker, int64_t part) {
    (void)worker;
    const squeeze_job *job = context;
    const nn_squeeze *s = job->s;
    const int32_t from = nn_part_start(s->squeezed, (int32_t)part, job->parts);
    const int32_t count = nn_part_start(s->squeezed, (int32_t)part + 1, job->parts) - from;
    float *hidden = job->hidden + from;
    job->kernels->gemv(count, s->channels, s->reduce + (int64_t)from * s->channels, job->mean, hidden);
    for (int32_t j = 0; j < count; j++) hidden[j] += s->reduce_bias[from + j];
    job->kernels->silu(count, hidden);
}

static void expand_part(void *context, int32_t worker, int64_t part) {
    (void)worker;
    const squeeze_job *job = context;
    const nn_squeeze *s = job->s;
    const int32_t blocks = s->channels / NN_LANES;
    const int32_t from = nn_part_start(blocks, (int32_t)part, job->parts);
    const int32_t end = nn_part_start(blocks, (int32_t)part + 1, job->parts);
    for (int32_t block = from; block < end; block++)
        job->kernels->gemv_transposed(
            NN_LANES, s->squeezed, s->expand + (int64_t)block * s->squeezed * NN_LANES, job->hidden,
            s->expand_bias + block * NN_LANES, job->factors + block * NN_LANES);
    job->kernels->sigmoid((int64_t)(end - from) * NN_LANES, job->factors + from * NN_LANES);
    for (int32_t i = from * NN_LANES; i < end * NN_LANES; i++) job->factors[i] *= s->factor;
}

void nn_squeeze_run(
    const nn_kernels *kernels, nn_pool *pool, const nn_squeeze *s, int32_t strips, const float *sums, float area,
    float *mean, float *hidden, float *factors) {
    for (int32_t i = 0; i < s->channels; i++) {
        float total = 0;
        for (int32_t strip = 0; strip < strips; strip++) total += sums[(int64_t)strip * s->channels + i];
        mean[i] = total / area;
    }
    const int32_t parts = (int64_t)s->channels * s->squeezed < SHARED_FROM ? 1 : nn_pool_threads(pool);
    squeeze_job job = {kernels, s, mean, hidden, factors, parts};
    nn_pool_for(pool, parts, reduce_part, &job);
    nn_pool_for(pool, parts, expand_part, &job);
}
