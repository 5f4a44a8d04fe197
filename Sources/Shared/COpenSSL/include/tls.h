#pragma once
// TLS on nonblocking sockets, both sides. To be included by COpenSSL.h.

#ifdef __cplusplus
extern "C" {
#endif

/// Certificates, key and rules that connections are accepted with; may be shared by threads once it is set up.
typedef struct ossl_tls_context ossl_tls_context;
/// One connection. Used by one thread at a time; keeps its context alive.
typedef struct ossl_tls ossl_tls;

/// What a call on a connection came to.
typedef enum {
    OSSL_TLS_DONE,
    /// Call again when the socket is readable.
    OSSL_TLS_WANTS_READ,
    /// Call again, with the same bytes in front, when the socket is writable.
    OSSL_TLS_WANTS_WRITE,
    /// The peer has sent its last byte.
    OSSL_TLS_ENDED,
    OSSL_TLS_FAILED,
} ossl_tls_status;

typedef enum { OSSL_TLS_NO_CLIENTS, OSSL_TLS_OPTIONAL_CLIENTS, OSSL_TLS_REQUIRED_CLIENTS } ossl_tls_clients;

/// Makes a context for TLS 1.2 and 1.3 with forward-secret AEAD ciphers, session tickets, no compression and no
/// renegotiation, which picks `h2` or else `http/1.1` by ALPN (RFC 7301). NULL when memory is short.
ossl_tls_context *OSSL_NULLABLE ossl_tls_context_create(void);

/// Takes the certificate and the chain behind it from a PEM file. Returns 1, or 0 when it cannot be used.
int ossl_tls_context_use_certificate(ossl_tls_context *OSSL_NONNULL context, const char *OSSL_NONNULL path);

/// Takes the private key from a PEM file without a password. Returns 1, or 0 when it cannot be used.
int ossl_tls_context_use_key(ossl_tls_context *OSSL_NONNULL context, const char *OSSL_NONNULL path);

/// Whether the private key belongs to the certificate.
int ossl_tls_context_key_matches(ossl_tls_context *OSSL_NONNULL context);

/// Asks clients for certificates of the authorities in a PEM file. Returns 1, or 0 when the file cannot be used.
int ossl_tls_context_use_client_authorities(
    ossl_tls_context *OSSL_NONNULL context, const char *OSSL_NONNULL path, ossl_tls_clients clients);

/// Makes a context for the client's side with the same versions and ciphers; servers have to show a certificate of the
/// authorities in a PEM file, of the system's where `authorities` is NULL. NULL when the file cannot be used.
ossl_tls_context *OSSL_NULLABLE ossl_tls_client_context_create(const char *OSSL_NULLABLE authorities);

void ossl_tls_context_free(ossl_tls_context *OSSL_NULLABLE context);

/// Begins a connection on a connected, nonblocking socket, which stays the caller's. NULL when memory is short.
ossl_tls *OSSL_NULLABLE ossl_tls_accept(ossl_tls_context *OSSL_NONNULL context, int descriptor);

/// Begins a client's connection likewise; the server's certificate has to name `host`, a name or an address.
ossl_tls *OSSL_NULLABLE ossl_tls_connect(
    ossl_tls_context *OSSL_NONNULL context, int descriptor, const char *OSSL_NONNULL host);

/// Goes on with the handshake.
ossl_tls_status ossl_tls_handshake(ossl_tls *OSSL_NONNULL connection);

/// Reads at most `capacity` bytes; `count` is set when the status is `OSSL_TLS_DONE`.
ossl_tls_status ossl_tls_read(
    ossl_tls *OSSL_NONNULL connection, void *OSSL_NONNULL bytes, size_t capacity, size_t *OSSL_NONNULL count);

/// Whether bytes of the peer were read off the socket that `ossl_tls_read` has not given out yet.
int ossl_tls_has_read_ahead(const ossl_tls *OSSL_NONNULL connection);

/// Writes the first of `size` bytes as one record; `count` is set when the status is `OSSL_TLS_DONE`.
ossl_tls_status ossl_tls_write(
    ossl_tls *OSSL_NONNULL connection, const void *OSSL_NONNULL bytes, size_t size, size_t *OSSL_NONNULL count);

/// Tells the peer that nothing follows (close_notify); it may still send.
void ossl_tls_finish_writing(ossl_tls *OSSL_NONNULL connection);

void ossl_tls_free(ossl_tls *OSSL_NULLABLE connection);

/// Why the last call failed: constant text of OpenSSL.
const char *OSSL_NONNULL ossl_tls_failure(const ossl_tls *OSSL_NONNULL connection);

/// Whether the peer spoke HTTP in clear text instead of TLS.
int ossl_tls_peer_spoke_http(const ossl_tls *OSSL_NONNULL connection);

/// `TLSv1.2`, `TLSv1.3`.
const char *OSSL_NONNULL ossl_tls_version(const ossl_tls *OSSL_NONNULL connection);

/// The cipher suite by its IANA name.
const char *OSSL_NONNULL ossl_tls_cipher(const ossl_tls *OSSL_NONNULL connection);

/// The protocol that ALPN picked, not terminated; NULL where the peer offered none.
const uint8_t *OSSL_NULLABLE ossl_tls_protocol(const ossl_tls *OSSL_NONNULL connection, unsigned *OSSL_NONNULL count);

/// A client's verified certificate; NULL without one. Free it with `ossl_certificate_free`.
typedef struct ossl_certificate ossl_certificate;
ossl_certificate *OSSL_NULLABLE ossl_tls_copy_peer_certificate(const ossl_tls *OSSL_NONNULL connection);
void ossl_certificate_free(ossl_certificate *OSSL_NULLABLE certificate);

/// Writes the subject as RFC 2253 has it, in UTF-8, terminated. Returns its length, or -1 where it does not fit.
int ossl_certificate_subject(
    const ossl_certificate *OSSL_NONNULL certificate, char *OSSL_NONNULL text, size_t capacity);

typedef enum { OSSL_NAME_DNS, OSSL_NAME_URI, OSSL_NAME_EMAIL, OSSL_NAME_OTHER } ossl_name_kind;

/// How many subject alternative names there are.
int ossl_certificate_name_count(const ossl_certificate *OSSL_NONNULL certificate);

/// Writes one subject alternative name, terminated. Returns its length, or -1 where it does not fit or is no text.
int ossl_certificate_name(
    const ossl_certificate *OSSL_NONNULL certificate, int index, ossl_name_kind *OSSL_NONNULL kind,
    char *OSSL_NONNULL text, size_t capacity);

/// When the certificate ends to be good, in seconds since 1970-01-01 UTC; -1 where it does not say.
int64_t ossl_certificate_not_after(const ossl_certificate *OSSL_NONNULL certificate);

/// Writes the 32 bytes of the certificate's SHA-256. Returns 1, or 0 when OpenSSL fails.
int ossl_certificate_fingerprint(const ossl_certificate *OSSL_NONNULL certificate, uint8_t *OSSL_NONNULL digest);

#ifdef __cplusplus
}
#endif
