// Tells the thread sanitizer what Swift's Mutex does where it cannot look; preloaded by `make sanitize-threads`.
//
// A free Mutex is taken and given back by atomics inlined into our code, which the sanitizer sees. One that others
// wait for is taken and given back by functions of libswiftSynchronization and by the kernel (a futex with priority
// inheritance), which it does not see: what the last owner wrote would look unordered to the next one. This adds the
// acquire and the release that those functions do, and nothing else, so that every true race is still reported.
// Tests/Sanitizers/Mutex.swift shows both.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

// Weak: the programs that only start ours are not built for the sanitizer.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);

// Names and calls of Synchronization._MutexHandle (Swift 6): the context is `self`, the word of the lock.
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define CONTEXT __attribute__((swift_context))

SWIFT void lock_slow(uint32_t thread, CONTEXT void *word) __asm__(LOCK);
SWIFT bool try_lock_slow(CONTEXT void *word) __asm__(TRY_LOCK);
SWIFT void unlock_slow(CONTEXT void *word) __asm__(UNLOCK);

static SWIFT void (*real_lock)(uint32_t, CONTEXT void *);
static SWIFT bool (*real_try_lock)(CONTEXT void *);
static SWIFT void (*real_unlock)(CONTEXT void *);

__attribute__((constructor)) static void find_the_real_ones(void) {
    real_lock = dlsym(RTLD_NEXT, LOCK);
    real_try_lock = dlsym(RTLD_NEXT, TRY_LOCK);
    real_unlock = dlsym(RTLD_NEXT, UNLOCK);
}

SWIFT void lock_slow(uint32_t thread, CONTEXT void *word) {
    real_lock(thread, word);
    if (__tsan_acquire) __tsan_acquire(word);
}

SWIFT bool try_lock_slow(CONTEXT void *word) {
    bool is_taken = real_try_lock(word);
    if (is_taken && __tsan_acquire) __tsan_acquire(word);
    return is_taken;
}

SWIFT void unlock_slow(CONTEXT void *word) {
    if (__tsan_release) __tsan_release(word);
    real_unlock(word);
}
