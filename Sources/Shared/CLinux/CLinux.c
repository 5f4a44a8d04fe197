// accept4, sync_file_range, syncfs, O_DIRECT and memmem need _GNU_SOURCE, which changes the members of fd_set: in the
// header, this module's fd_set would not be the one of the system's modules, and a Swift file that imports both would not
// compile.
#define _GNU_SOURCE
#include "CLinux.h"
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
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

const void *linux_find(const void *bytes, size_t count, const void *pattern, size_t pattern_count) {
    return memmem(bytes, count, pattern, pattern_count);
}

static _Thread_local const void *current_loop;
void linux_enter_loop(const void *loop) { current_loop = loop; }
const void *linux_current_loop(void) { return current_loop; }

uintptr_t linux_thread(void) { return (uintptr_t)pthread_self(); }
