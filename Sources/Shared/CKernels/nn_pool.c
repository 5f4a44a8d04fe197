// Jobs are numbered. A thread that has seen job n waits for n + 1: it spins for a while, then parks on a condition.
// Indices are handed out by one atomic counter; the caller works too and then waits until every thread has left.
#include "nn_pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sched.h>

enum {
    SPINS_BEFORE_PARKING = 20000,   // about 50–100 µs: longer than the pause between two layers of one network
    SPINS_BEFORE_YIELDING = 2000,
};

struct nn_pool {
    int32_t threads;
    pthread_t *handles;             // threads - 1
    // The job: written before `job` is increased, read after the increase is seen.
    nn_pool_body body;
    void *context;
    int64_t count;
    _Alignas(64) atomic_uint job;
    _Alignas(64) atomic_int_fast64_t next;
    _Alignas(64) atomic_int busy;   // pool threads that have not left the current job
    pthread_mutex_t mutex;          // guards parked threads and `stopping`
    pthread_cond_t wake;
    atomic_int parked;
    atomic_bool stopping;
};

typedef struct {
    nn_pool *pool;
    int32_t worker;
} thread_start;

static inline void cpu_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void work(nn_pool *pool, int32_t worker) {
    for (;;) {
        const int64_t index = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (index >= pool->count) return;
        pool->body(pool->context, worker, index);
    }
}

/// Waits for a job other than `seen`; returns its number, or `seen` when the pool stops.
static unsigned wait_for_job(nn_pool *pool, unsigned seen) {
    for (int spins = 0; spins < SPINS_BEFORE_PARKING; spins++) {
        const unsigned job = atomic_load_explicit(&pool->job, memory_order_acquire);
        if (job != seen || atomic_load_explicit(&pool->stopping, memory_order_acquire)) return job;
        cpu_pause();
    }
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->parked, 1);
    while (atomic_load(&pool->job) == seen && !atomic_load(&pool->stopping))
        pthread_cond_wait(&pool->wake, &pool->mutex);
    atomic_fetch_sub(&pool->parked, 1);
    pthread_mutex_unlock(&pool->mutex);
    return atomic_load(&pool->job);
}

static void *thread_main(void *argument) {
    const thread_start start = *(thread_start *)argument;
    free(argument);
    nn_pool *pool = start.pool;
    for (unsigned seen = 0;;) {
        const unsigned job = wait_for_job(pool, seen);
        if (job == seen) return NULL;
        seen = job;
        work(pool, start.worker);
        atomic_fetch_sub_explicit(&pool->busy, 1, memory_order_release);
    }
}

static void wake_parked(nn_pool *pool) {
    if (atomic_load(&pool->parked) == 0) return;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
}

static bool start_thread(nn_pool *pool, int32_t worker) {
    thread_start *start = malloc(sizeof *start);
    if (!start) return false;
    *start = (thread_start){pool, worker};
    if (pthread_create(&pool->handles[worker - 1], NULL, thread_main, start) == 0) return true;
    free(start);
    return false;
}

/// Stops and joins the threads 1 ..< threads and frees the pool.
static void stop(nn_pool *pool, int32_t threads) {
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->stopping, true);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
    for (int32_t i = 1; i < threads; i++) pthread_join(pool->handles[i - 1], NULL);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->mutex);
    free(pool->handles);
    free(pool);
}

nn_pool *nn_pool_create(int32_t threads) {
    nn_pool *pool = aligned_alloc(64, (sizeof *pool + 63) / 64 * 64);
    if (!pool) return NULL;
    *pool = (nn_pool){.threads = threads, .handles = calloc((size_t)threads, sizeof(pthread_t))};
    if (!pool->handles) {
        free(pool);
        return NULL;
    }
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->wake, NULL);
    for (int32_t worker = 1; worker < threads; worker++) {
        if (start_thread(pool, worker)) continue;
        stop(pool, worker);
        return NULL;
    }
    return pool;
}

void nn_pool_destroy(nn_pool *pool) { stop(pool, pool->threads); }

int32_t nn_pool_threads(const nn_pool *pool) { return pool->threads; }

void nn_pool_for(nn_pool *pool, int64_t count, nn_pool_body body, void *context) {
    if (pool->threads == 1 || count <= 1) {
        for (int64_t i = 0; i < count; i++) body(context, 0, i);
        return;
    }
    pool->body = body;
    pool->context = context;
    pool->count = count;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    atomic_store_explicit(&pool->busy, pool->threads - 1, memory_order_relaxed);
    atomic_fetch_add(&pool->job, 1);  // sequentially consistent with `parked`: no wake-up is lost
    wake_parked(pool);
    work(pool, 0);
    for (int spins = 0; atomic_load_explicit(&pool->busy, memory_order_acquire) > 0; spins++) {
        if (spins > SPINS_BEFORE_YIELDING) sched_yield();
        else cpu_pause();
    }
}
