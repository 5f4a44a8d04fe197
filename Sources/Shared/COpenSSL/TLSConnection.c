#include "COpenSSL.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <sys/socket.h>

static SSL *ssl(const ossl_tls *connection) { return (SSL *)connection; }

// MARK: A socket that raises no SIGPIPE, which OpenSSL's own does

static int descriptor_of(BIO *bio) { return (int)(intptr_t)BIO_get_data(bio); }

static int socket_write(BIO *bio, const char *bytes, int size) {
    BIO_clear_retry_flags(bio);
    ssize_t count = send(descriptor_of(bio), bytes, (size_t)size, MSG_NOSIGNAL);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
    return (int)count;
}

static int socket_read(BIO *bio, char *bytes, int size) {
    BIO_clear_retry_flags(bio);
    ssize_t count = recv(descriptor_of(bio), bytes, (size_t)size, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
    if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return (int)count;
}

static long socket_control(BIO *bio, int command, long number, void *pointer) {
    (void)number, (void)pointer;
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *socket_method;

static void make_socket_method(void) {
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE");
    if (method == NULL) return;
    BIO_meth_set_write(method, socket_write);
    BIO_meth_set_read(method, socket_read);
    BIO_meth_set_ctrl(method, socket_control);
    socket_method = method;
}

static BIO *make_socket(int descriptor) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_socket_method);
    BIO *bio = socket_method == NULL ? NULL : BIO_new(socket_method);
    if (bio == NULL) return NULL;
    BIO_set_data(bio, (void *)(intptr_t)descriptor);
    BIO_set_init(bio, 1);
    return bio;
}

// MARK: Connections

static SSL *make_connection(ossl_tls_context *context, int descriptor) {
    SSL *made = SSL_new((SSL_CTX *)context);
    BIO *bio = made == NULL ? NULL : make_socket(descriptor);
    if (bio == NULL) {
        SSL_free(made);
        return NULL;
    }
    SSL_set_bio(made, bio, bio);
    return made;
}

ossl_tls *ossl_tls_accept(ossl_tls_context *context, int descriptor) {
    SSL *made = make_connection(context, descriptor);
    if (made != NULL) SSL_set_accept_state(made);
    return (ossl_tls *)made;
}

ossl_tls *ossl_tls_connect(ossl_tls_context *context, int descriptor, const char *host) {
    SSL *made = make_connection(context, descriptor);
    if (made == NULL) return NULL;
    SSL_set_connect_state(made);
    // An address is looked for among the addresses of the certificate, a name among its names (RFC 6125).
    int is_address = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(made), host) == 1;
    int is_set = is_address || (SSL_set1_host(made, host) == 1 && SSL_set_tlsext_host_name(made, host) == 1);
    ERR_clear_error();
    if (!is_set) {
        SSL_free(made);
        return NULL;
    }
    return (ossl_tls *)made;
}

// Errors wait in a queue of the thread: each call begins with an empty one, and leaves its own for `ossl_tls_failure`.
static ossl_tls_status status_of(const ossl_tls *connection, int result) {
    switch (SSL_get_error(ssl(connection), result)) {
    case SSL_ERROR_NONE: return OSSL_TLS_DONE;
    case SSL_ERROR_WANT_READ: return OSSL_TLS_WANTS_READ;
    case SSL_ERROR_WANT_WRITE: return OSSL_TLS_WANTS_WRITE;
    case SSL_ERROR_ZERO_RETURN: return OSSL_TLS_ENDED;
    default: return OSSL_TLS_FAILED;
    }
}

ossl_tls_status ossl_tls_handshake(ossl_tls *connection) {
    ERR_clear_error();
    return status_of(connection, SSL_do_handshake(ssl(connection)));
}

ossl_tls_status ossl_tls_read(ossl_tls *connection, void *bytes, size_t capacity, size_t *count) {
    ERR_clear_error();
    return status_of(connection, SSL_read_ex(ssl(connection), bytes, capacity, count));
}

int ossl_tls_has_read_ahead(const ossl_tls *connection) { return SSL_has_pending(ssl(connection)); }

ossl_tls_status ossl_tls_write(ossl_tls *connection, const void *bytes, size_t size, size_t *count) {
    ERR_clear_error();
    return status_of(connection, SSL_write_ex(ssl(connection), bytes, size, count));
}

void ossl_tls_finish_writing(ossl_tls *connection) {
    if (SSL_in_init(ssl(connection))) return;
    ERR_clear_error();
    SSL_shutdown(ssl(connection));
    ERR_clear_error();
}

void ossl_tls_free(ossl_tls *connection) { SSL_free(ssl(connection)); }

const char *ossl_tls_failure(const ossl_tls *connection) {
    long verdict = SSL_get_verify_result(ssl(connection));
    if (verdict != X509_V_OK) return X509_verify_cert_error_string(verdict);
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason == NULL ? "the connection ended" : reason;
}

int ossl_tls_peer_spoke_http(const ossl_tls *connection) {
    (void)connection;
    int reason = ERR_GET_REASON(ERR_peek_last_error());
    return reason == SSL_R_HTTP_REQUEST || reason == SSL_R_HTTPS_PROXY_REQUEST;
}

const char *ossl_tls_version(const ossl_tls *connection) { return SSL_get_version(ssl(connection)); }

const char *ossl_tls_cipher(const ossl_tls *connection) {
    const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl(connection));
    const char *name = cipher == NULL ? NULL : SSL_CIPHER_standard_name(cipher);
    return name == NULL ? "unknown" : name;
}

const uint8_t *ossl_tls_protocol(const ossl_tls *connection, unsigned *count) {
    const unsigned char *name = NULL;
    SSL_get0_alpn_selected(ssl(connection), &name, count);
    return name;
}

ossl_certificate *ossl_tls_copy_peer_certificate(const ossl_tls *connection) {
    if (SSL_get_verify_result(ssl(connection)) != X509_V_OK) return NULL;
    return (ossl_certificate *)SSL_get1_peer_certificate(ssl(connection));
}
