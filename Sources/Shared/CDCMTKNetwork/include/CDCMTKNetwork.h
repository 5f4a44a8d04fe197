#pragma once
// The small C surface of DCMTK's network library that Hilum uses: the DICOM upper layer (PS3.8) of one association.
//
// Bytes go through the caller's transport, which owns the socket, its time limits and TLS; DCMTK parses and writes the
// PDUs and runs the state machine. C++ exceptions stop here; every function answers with a status. One thread at a
// time for each association. The caller's transport has to outlive its association.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#pragma clang assume_nonnull begin
#endif

typedef struct dul_association dul_association;

typedef enum {
    DUL_STATUS_OK = 0,
    DUL_STATUS_RELEASE_REQUESTED,  // the peer wants to end the association in order
    DUL_STATUS_ABORTED,            // by the peer
    DUL_STATUS_CLOSED,             // the transport ended; it knows why
    DUL_STATUS_REJECTED,           // by the peer
    DUL_STATUS_MALFORMED,          // a PDU that breaks the rules, or one that has no place here
    DUL_STATUS_UNREACHABLE,        // no connection could be made
    DUL_STATUS_NO_MEMORY,
    DUL_STATUS_FAILED              // an exception, or an error without a name of its own
} dul_status;

/// What carries the bytes of one association.
typedef struct {
    void *context;
    /// Takes over a connected socket and finishes the handshake of TLS. False: it cannot be used.
    bool (*open)(void *context, int descriptor);
    /// Reads 1 to `count` bytes; 0 when nothing follows, -1 on failure.
    ptrdiff_t (*read)(void *context, void *bytes, size_t count);
    /// Takes all of `count` bytes, or answers -1.
    ptrdiff_t (*write)(void *context, const void *bytes, size_t count);
    /// Whether there are bytes to read, waiting `seconds` at most.
    bool (*readable)(void *context, int seconds);
    void (*close)(void *context);
} dul_transport;

/// Roles of a presentation context's requestor (PS3.7 §D.3.3.4).
typedef enum { DUL_REQUESTOR_USES, DUL_REQUESTOR_PROVIDES, DUL_REQUESTOR_DOES_BOTH } dul_role;

/// A presentation context: what is proposed, and the transfer syntax agreed on, empty where there is none.
typedef struct {
    uint8_t identifier;
    dul_role role;
    char abstract_syntax[65];
    char accepted_syntax[65];
    size_t syntax_count;
} dul_context;

/// Why an association is rejected (PS3.8 §9.3.4).
typedef struct {
    uint8_t result, source, reason;
} dul_rejection;

/// What an association is asked for with.
typedef struct {
    const char *host;
    int port;
    const char *called_title;
    const char *calling_title;
    /// Largest PDU that the peer may send: 4096…131072.
    uint32_t max_pdu;
    int connect_seconds;
} dul_request;

/// Who we say we are in every association and file (PS3.7 §D.3.3.2).
#define DUL_IMPLEMENTATION_CLASS_UID "2.25.217914086240417370955063938154273041953"
#define DUL_IMPLEMENTATION_VERSION_NAME "HILUM_1"

/// The fewest and the most bytes that a PDU of ours may be allowed to have.
enum { DUL_MIN_PDU = 4096, DUL_MAX_PDU = 131072 };

// The acceptor's side

/// Receives the request for an association on a connected socket, which becomes the transport's.
dul_status dul_receive(int descriptor, const dul_transport *transport, uint32_t max_pdu, int seconds,
                       dul_association *_Nullable *_Nonnull association);
const char *dul_called_title(const dul_association *association);
const char *dul_calling_title(const dul_association *association);
const char *dul_application_context(const dul_association *association);
/// Decides about one context.
dul_status dul_accept_context(dul_association *association, uint8_t identifier, const char *transfer_syntax,
                              dul_role role);
dul_status dul_refuse_context(dul_association *association, uint8_t identifier, bool abstract_syntax_is_unknown);
/// Answers that the association stands.
dul_status dul_acknowledge(dul_association *association);
dul_status dul_reject(dul_association *association, dul_rejection rejection);
dul_status dul_acknowledge_release(dul_association *association);

// The requestor's side

/// Prepares a request; NULL when memory is short or a parameter is out of range.
dul_association *_Nullable dul_create(const dul_request *request, const dul_transport *transport);
dul_status dul_propose(dul_association *association, uint8_t identifier, const char *abstract_syntax,
                       const char *_Nonnull const *_Nonnull transfer_syntaxes, size_t count, dul_role role);
/// Connects, asks and waits for the answer. `rejection` is set when the status is `DUL_STATUS_REJECTED`.
dul_status dul_ask(dul_association *association, int seconds, dul_rejection *rejection);
dul_status dul_release(dul_association *association);

// Both sides

size_t dul_context_count(const dul_association *association);
dul_status dul_get_context(const dul_association *association, size_t index, dul_context *context);
/// Copies a proposed transfer syntax of a context.
dul_status dul_get_syntax(const dul_association *association, size_t index, size_t syntax, char uid[_Nonnull 65]);

/// A presentation data value (PS3.8 §9.3.5.1); the bytes are valid until the next call.
typedef struct {
    uint8_t context;
    bool is_command, is_last;
    const uint8_t *_Nullable bytes;
    size_t count;
} dul_fragment;

dul_status dul_read(dul_association *association, dul_fragment *fragment);
/// At most `dul_max_fragment` bytes.
dul_status dul_write(dul_association *association, dul_fragment fragment);
size_t dul_max_fragment(const dul_association *association);
void dul_abort(dul_association *association);
/// Closes the transport and frees everything.
void dul_free(dul_association *_Nullable association);

// Names

typedef enum { DUL_CLASS_STORAGE, DUL_CLASS_OTHER, DUL_CLASS_UNKNOWN } dul_class;
/// What DCMTK's dictionary knows of a SOP class: storage, something else, nothing.
dul_class dul_class_of(const char *uid);

#if defined(__clang__)
#pragma clang assume_nonnull end
#endif

#ifdef __cplusplus
}
#endif
