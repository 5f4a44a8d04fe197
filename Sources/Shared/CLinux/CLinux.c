// accept4 needs _GNU_SOURCE, which changes the members of fd_set: in the header, this module's fd_set would not be the
// one of the system's modules, and a Swift file that imports both would not compile.
#define _GNU_SOURCE
#include "CLinux.h"

int linux_accept(int listener, struct sockaddr_storage *address, socklen_t *length) {
    return accept4(listener, (struct sockaddr *)address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
