#pragma once
// A fixed set of compute threads with a parallel-for. Threads spin for a short time after a job and then park.
#include <stdint.h>

typedef struct nn_pool nn_pool;

/// Called once for every index; `worker` is in 0 ..< nn_pool_threads and unique among the calls running at one time.
typedef void (*nn_pool_body)(void *_Nullable context, int32_t worker, int64_t index);

/// Starts `threads` - 1 threads (the caller of `nn_pool_for` is the remaining one); null when a thread cannot start.
nn_pool *_Nullable nn_pool_create(int32_t threads);
void nn_pool_destroy(nn_pool *_Nonnull pool);
int32_t nn_pool_threads(const nn_pool *_Nonnull pool);

/// Runs body(0) … body(count - 1) on all threads and returns when all are done. One caller at a time.
void nn_pool_for(nn_pool *_Nonnull pool, int64_t count, nn_pool_body _Nonnull body, void *_Nullable context);
