#pragma once
// Service records by libresolv, whose functions are macros and take a structure that C alone should see.
#include <stdint.h>

#pragma clang assume_nonnull begin

/// One service record (RFC 2782).
typedef struct {
    uint16_t priority;
    uint16_t weight;
    uint16_t port;
    /// Host name, without the last dot; empty: the service is not offered.
    char target[256];
} hilum_srv_record;

/// Asks for the service records of `name`; blocks for up to four seconds.
///
/// - server, server_port: the name server to ask, an IPv4 address; NULL asks those of /etc/resolv.conf.
/// Gives the number of records written, at most `capacity`; 0 where the name has none; -1 where nobody answered.
int hilum_resolv_services(
    const char *name, const char *_Nullable server, uint16_t server_port, hilum_srv_record *records, int capacity);

#pragma clang assume_nonnull end
