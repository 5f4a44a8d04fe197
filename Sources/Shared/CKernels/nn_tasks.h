#pragma once
// How a layer is cut into tasks for the pool, weights that are fetched while others are in use, and types.
#include <stdint.h>

#include "nn_convolution.h"

static inline int64_t nn_size_of(nn_type type) { return type == NN_BF16 ? 2 : 4; }

/// Address of an element.
static inline const void *nn_at(const void *base, nn_type type, int64_t element) {
    return (const char *)base + element * nn_size_of(type);
}
static inline void *nn_at_mutable(void *base, nn_type type, int64_t element) {
    return (char *)base + element * nn_size_of(type);
}

/// Panels of output channels. Each of the first `whole` is one task, so that its weights are read once; the others,
/// which would leave a thread with less than the rest, are cut into `parts` of their rows.
typedef struct {
    int32_t panels, whole, parts;
} nn_task_grid;

typedef struct {
    int32_t panel, part, parts;
} nn_task;

/// - blocks, panel_blocks: of all outputs and of a panel; the last panel may be narrower.
static inline nn_task_grid nn_task_grid_for(
    int32_t blocks, int32_t panel_blocks, int32_t threads, int32_t wanted_parts, int32_t most_parts) {
    const int32_t panels = (blocks + panel_blocks - 1) / panel_blocks;
    const int32_t whole = blocks / panel_blocks / threads * threads;
    const int32_t parts = wanted_parts < most_parts ? wanted_parts : most_parts;
    return (nn_task_grid){panels, whole, whole == panels || parts < 1 ? 1 : parts};
}

static inline int64_t nn_task_count(nn_task_grid g) { return g.whole + (int64_t)(g.panels - g.whole) * g.parts; }

static inline nn_task nn_task_at(nn_task_grid g, int64_t index) {
    if (index < g.whole) return (nn_task){(int32_t)index, 0, 1};
    const int64_t rest = index - g.whole;
    return (nn_task){(int32_t)(g.whole + rest / g.parts), (int32_t)(rest % g.parts), g.parts};
}

/// The part of `count` that a task has: [start, end).
static inline int32_t nn_part_start(int32_t count, int32_t part, int32_t parts) {
    return (int32_t)((int64_t)count * part / parts);
}

/// Weights that a thread needs next and fetches bit by bit, so that the way from memory costs no time.
typedef struct {
    const char *next, *end;
    int64_t step;           // bytes at a time
} nn_fetch;

static inline nn_fetch nn_fetch_of(const void *from, int64_t bytes, int64_t steps) {
    return (nn_fetch){from, (const char *)from + bytes, (bytes / (steps > 0 ? steps : 1) + 127) / 64 * 64};
}

static inline void nn_fetch_some(nn_fetch *f) {
    const char *end = f->end - f->next < f->step ? f->end : f->next + f->step;
    for (; f->next < end; f->next += 64) __builtin_prefetch(f->next, 0, 2);
}
