#pragma once
// What Linux has and Swift's Glibc module lacks: epoll, eventfd, accept4, huge pages,
// sync_file_range, syncfs, O_DIRECT, io_submit, mallopt, memmem. It can go when the module has them.
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>

#pragma clang assume_nonnull begin

static inline int linux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }
static inline int linux_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

/// The next connection of a listening socket, nonblocking; -1 with errno where there is none.
int linux_accept(int listener, struct sockaddr_storage *address, socklen_t *length);

/// Asks for pages of 2 MiB behind new memory of 4 MiB and more; where the system has none, nothing changes. Mapping and
/// clearing 64 MiB then takes 32 steps and not 16,384, a quarter of the time.
void linux_use_huge_pages(void *memory, size_t size);

/// Has threads share so many of the C library's arenas, of which each keeps what was freed in it. Without, there are eight
/// for each processor.
void linux_limit_arenas(int count);

/// Has the disk begin with `count` written bytes of a file, 0 for all up to its end; does not wait.
void linux_begin_write_back(int descriptor, int64_t offset, int64_t count);

/// Has an open file written past the page cache (O_DIRECT) or through it. Returns 0, or -1 where its file system cannot.
int linux_set_direct(int descriptor, int is_direct);

/// Returns 0 when all that was written to the file system of an open file is on disk, -1 with errno where it is not.
int linux_sync_file_system(int descriptor);

/// Makes a queue for writes that a thread does not wait for at once, one at a time. Returns 0, or -1 with errno.
int linux_write_queue_create(unsigned long *queue);
/// Returns when no write of the queue is under way.
void linux_write_queue_destroy(unsigned long queue);
/// Begins to write to a file that passes the page cache. The bytes have to stay until they were waited for; they are on disk
/// then. Returns 0, or -1 with errno.
int linux_write_queue_begin(unsigned long queue, int descriptor, const struct iovec *vectors, int count, int64_t offset);
/// Waits for the write that was begun. Returns the count of its bytes that are on disk, or -1 with errno.
int64_t linux_write_queue_wait(unsigned long queue);

/// Where `pattern` first begins in `bytes`; NULL where it does not (memmem).
const void *_Nullable linux_find(const void *bytes, size_t count, const void *pattern, size_t pattern_count);

/// The calling thread. Unlike `pthread_self`, which the compiler takes for a constant, it may be asked again after an
/// `await`.
uintptr_t linux_thread(void);
/// Makes the calling thread that of an event loop.
void linux_enter_loop(const void *loop);
/// The event loop whose thread calls; NULL on any other. May be asked again after an `await`.
const void *_Nullable linux_current_loop(void);

/// One event as Swift can hold it: `struct epoll_event` is packed.
typedef struct {
    uint32_t readiness;
    uint64_t key;
} linux_event;

/// Adds, changes or removes (EPOLL_CTL_…) a descriptor.
static inline int linux_epoll_control(int epoll, int operation, int descriptor, uint32_t interest, uint64_t key) {
    struct epoll_event event = {.events = interest, .data.u64 = key};
    return epoll_ctl(epoll, operation, descriptor, &event);
}

/// Waits for at most 256 events; gives their count, 0 when time has passed or a signal came.
static inline int linux_epoll_wait(int epoll, linux_event *events, int capacity, int milliseconds) {
    struct epoll_event found[256];
    int count = epoll_wait(epoll, found, capacity < 256 ? capacity : 256, milliseconds);
    for (int i = 0; i < count; i++) events[i] = (linux_event){found[i].events, found[i].data.u64};
    return count < 0 ? 0 : count;
}

#pragma clang assume_nonnull end
