// accept4, sync_file_range, syncfs, O_DIRECT and memmem need _GNU_SOURCE, which changes the members of fd_set: in the
// header, this module's fd_set would not be the one of the system's modules, and a Swift file that imports both would not
// compile.
#define _GNU_SOURCE
#include "CLinux.h"
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <malloc.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int linux_accept(int listener, struct sockaddr_storage *address, socklen_t *length) {
    return accept4(listener, (struct sockaddr *)address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void linux_limit_arenas(int count) {
#ifdef M_ARENA_MAX
    mallopt(M_ARENA_MAX, count);
#else
    (void)count;  // another C library's are its own affair
#endif
}

void linux_use_huge_pages(void *memory, size_t size) {
    const uintptr_t page = 4096;
    if (size < 4 << 20) return;
    uintptr_t start = ((uintptr_t)memory + page - 1) & ~(page - 1);
    madvise((void *)start, ((uintptr_t)memory + size - start) & ~(page - 1), MADV_HUGEPAGE);
}

void linux_begin_write_back(int descriptor, int64_t offset, int64_t count) {
    sync_file_range(descriptor, offset, count, SYNC_FILE_RANGE_WRITE);
}

int linux_set_direct(int descriptor, int is_direct) {
    const int flags = fcntl(descriptor, F_GETFL);
    return fcntl(descriptor, F_SETFL, is_direct ? flags | O_DIRECT : flags & ~O_DIRECT);
}

int linux_sync_file_system(int descriptor) { return syncfs(descriptor); }

int linux_write_queue_create(unsigned long *queue) {
    aio_context_t context = 0;
    if (syscall(SYS_io_setup, 1, &context) != 0) return -1;
    *queue = context;
    return 0;
}

void linux_write_queue_destroy(unsigned long queue) { syscall(SYS_io_destroy, (aio_context_t)queue); }

int linux_write_queue_begin(unsigned long queue, int descriptor, const struct iovec *vectors, int count, int64_t offset) {
    struct iocb request = {
        .aio_lio_opcode = IOCB_CMD_PWRITEV, .aio_rw_flags = RWF_DSYNC, .aio_fildes = (uint32_t)descriptor,
        .aio_buf = (uint64_t)(uintptr_t)vectors, .aio_nbytes = (uint64_t)count, .aio_offset = offset};
    struct iocb *requests[] = {&request};
    return syscall(SYS_io_submit, (aio_context_t)queue, 1L, requests) == 1 ? 0 : -1;
}

int64_t linux_write_queue_wait(unsigned long queue) {
    struct io_event event;
    long found;
    do found = syscall(SYS_io_getevents, (aio_context_t)queue, 1L, 1L, &event, NULL);
    while (found < 0 && errno == EINTR);
    if (found != 1) return -1;
    if (event.res >= 0) return event.res;
    errno = (int)-event.res;
    return -1;
}

const void *linux_find(const void *bytes, size_t count, const void *pattern, size_t pattern_count) {
    return memmem(bytes, count, pattern, pattern_count);
}

static _Thread_local const void *current_loop;
void linux_enter_loop(const void *loop) { current_loop = loop; }
const void *linux_current_loop(void) { return current_loop; }

uintptr_t linux_thread(void) { return (uintptr_t)pthread_self(); }
