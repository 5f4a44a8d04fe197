#include "CResolv.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

static int set_server(res_state state, const char *server, uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, server, &address.sin_addr) != 1) return -1;
    state->nsaddr_list[0] = address;
    state->nscount = 1;
    return 0;
}

/// Reads one record; gives 0 where it is of another kind or broken.
static int read_record(ns_msg *message, int index, hilum_srv_record *record) {
    ns_rr rr;
    if (ns_parserr(message, ns_s_an, index, &rr) != 0) return 0;
    if (ns_rr_type(rr) != ns_t_srv || ns_rr_rdlen(rr) < 7) return 0;
    const unsigned char *data = ns_rr_rdata(rr);
    record->priority = ns_get16(data);
    record->weight = ns_get16(data + 2);
    record->port = ns_get16(data + 4);
    int length = dn_expand(
        ns_msg_base(*message), ns_msg_end(*message), data + 6, record->target, sizeof record->target);
    return length >= 0;
}

int hilum_resolv_services(
    const char *name, const char *server, uint16_t server_port, hilum_srv_record *records, int capacity) {
    struct __res_state state;
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0) return -1;
    state.retrans = 1;
    state.retry = 2;
    unsigned char answer[1 << 16];
    int length = -1;
    if (!server || set_server(&state, server, server_port) == 0)
        length = res_nquery(&state, name, ns_c_in, ns_t_srv, answer, sizeof answer);
    int error = state.res_h_errno;
    res_nclose(&state);
    if (length < 0) return error == HOST_NOT_FOUND || error == NO_DATA ? 0 : -1;

    ns_msg message;
    if (length > (int)sizeof answer || ns_initparse(answer, length, &message) != 0) return -1;
    int count = 0;
    for (int index = 0; index < ns_msg_count(message, ns_s_an) && count < capacity; index++)
        count += read_record(&message, index, &records[count]);
    return count;
}
