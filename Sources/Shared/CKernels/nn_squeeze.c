// Squeeze and excitation: the factor of every channel from the mean of its map.
#include "nn_depthwise.h"

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
