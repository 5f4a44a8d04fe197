// Indices of a job are handed out by one atomic counter; the caller works too. A thread joins a job while it is open;
// the caller closes it when no index is left and then waits only for those that joined. So a thread that the system
// has put aside delays nobody, unless in the middle of an index. Waiting threads spin for a while and then park.
#include "nn_pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

enum { SPINS_BEFORE_PARKING = 4000 };  // about 100 µs: longer than the pause between two layers of one network

/// The state of the current job in one word: its number, whether it is closed, how many pool threads are in it.
typedef uint64_t job_state;
static const job_state CLOSED = 1u << 31;
static uint32_t job_number(job_state s) { return (uint32_t)(s >> 32); }
static uint32_t job_members(job_state s) { return (uint32_t)(s & (CLOSED - 1)); }

struct nn_pool {
    int32_t threads;
    pthread_t *handles;             // threads - 1
    // The job: written while it is closed and has no members, read by members.
    nn_pool_body body;
    void *context;
    int64_t count;
    _Alignas(64) _Atomic(job_state) state;
    _Alignas(64) atomic_int_fast64_t next;
    pthread_mutex_t mutex;          // guards the two conditions
    pthread_cond_t job_opened, members_left;
    atomic_int parked;              // pool threads that wait for job_opened
    atomic_bool caller_parked;      // the caller waits for members_left
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

/// Joins the current job if it is open and not the one that this thread has been in.
static bool try_join(nn_pool *pool, uint32_t *seen) {
    job_state s = atomic_load(&pool->state);
    while (job_number(s) != *seen && !(s & CLOSED)) {
        if (!atomic_compare_exchange_weak(&pool->state, &s, s + 1)) continue;
        *seen = job_number(s);
        return true;
    }
    return false;
}

/// Waits for a job and joins it; false when the pool stops.
static bool join_next(nn_pool *pool, uint32_t *seen) {
    for (int spins = 0; spins < SPINS_BEFORE_PARKING; spins++) {
        if (try_join(pool, seen)) return true;
        if (atomic_load(&pool->stopping)) return false;
        cpu_pause();
    }
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->parked, 1);
    bool joined;
    while (!(joined = try_join(pool, seen)) && !atomic_load(&pool->stopping))
        pthread_cond_wait(&pool->job_opened, &pool->mutex);
    atomic_fetch_sub(&pool->parked, 1);
    pthread_mutex_unlock(&pool->mutex);
    return joined;
}

/// Signals under the mutex, so that a waiter is either before its check or inside its wait.
static void wake(nn_pool *pool, pthread_cond_t *condition) {
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(condition);
    pthread_mutex_unlock(&pool->mutex);
}

static void leave(nn_pool *pool) {
    const job_state before = atomic_fetch_sub(&pool->state, 1);
    if (job_members(before) == 1 && atomic_load(&pool->caller_parked)) wake(pool, &pool->members_left);
}

static void *thread_main(void *argument) {
    const thread_start start = *(thread_start *)argument;
    free(argument);
    for (uint32_t seen = 0; join_next(start.pool, &seen);) {
        work(start.pool, start.worker);
        leave(start.pool);
    }
    return NULL;
}

static void wait_for_members(nn_pool *pool) {
    for (int spins = 0; spins < SPINS_BEFORE_PARKING; spins++) {
        if (job_members(atomic_load(&pool->state)) == 0) return;
        cpu_pause();
    }
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->caller_parked, true);
    while (job_members(atomic_load(&pool->state)) > 0) pthread_cond_wait(&pool->members_left, &pool->mutex);
    atomic_store(&pool->caller_parked, false);
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
    pthread_cond_broadcast(&pool->job_opened);
    pthread_mutex_unlock(&pool->mutex);
    for (int32_t i = 1; i < threads; i++) pthread_join(pool->handles[i - 1], NULL);
    pthread_cond_destroy(&pool->job_opened);
    pthread_cond_destroy(&pool->members_left);
    pthread_mutex_destroy(&pool->mutex);
    free(pool->handles);
    free(pool);
}

nn_pool *nn_pool_create(int32_t threads) {
    nn_pool *pool = aligned_alloc(64, (sizeof *pool + 63) / 64 * 64);
    if (!pool) return NULL;
    *pool = (nn_pool){.threads = threads, .state = CLOSED, .handles = calloc((size_t)threads, sizeof(pthread_t))};
    if (!pool->handles) {
        free(pool);
        return NULL;
    }
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->job_opened, NULL);
    pthread_cond_init(&pool->members_left, NULL);
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
    atomic_store(&pool->next, 0);
    // Everything around `state`, `parked` and `caller_parked` is sequentially consistent: no wake-up is lost.
    const uint32_t number = job_number(atomic_load(&pool->state)) + 1;
    atomic_store(&pool->state, (job_state)number << 32);
    if (atomic_load(&pool->parked) > 0) wake(pool, &pool->job_opened);
    work(pool, 0);
    atomic_fetch_or(&pool->state, CLOSED);
    wait_for_members(pool);
}
