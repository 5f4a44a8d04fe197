#include "COpenSSL.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

// The handles are OpenSSL's own; the structs are never defined.
static SSL_CTX *ctx(ossl_tls_context *context) { return (SSL_CTX *)context; }

// Mozilla's "intermediate" list (https://wiki.mozilla.org/Security/Server_Side_TLS) without finite-field DH: all are
// outside the block list of RFC 9113, appendix A.
static const char tls12_ciphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

static int select_protocol(
    SSL *ssl, const unsigned char **chosen, unsigned char *count, const unsigned char *offered, unsigned offered_count,
    void *unused) {
    static const unsigned char ours[] = "\x02h2\x08http/1.1";
    int found = SSL_select_next_proto(
        (unsigned char **)chosen, count, ours, sizeof ours - 1, offered, offered_count);
    (void)ssl, (void)unused;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// A key with a password cannot be used: without this OpenSSL would ask on the terminal.
static int no_password(char *buffer, int size, int for_writing, void *unused) {
    (void)buffer, (void)size, (void)for_writing, (void)unused;
    return -1;
}

ossl_tls_context *ossl_tls_context_create(void) {
    SSL_CTX *made = SSL_CTX_new(TLS_server_method());
    if (made == NULL) return NULL;
    static const unsigned char session_id[] = "hilum";
    int is_set = SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION) == 1 &&
                 SSL_CTX_set_cipher_list(made, tls12_ciphers) == 1 &&
                 SSL_CTX_set_session_id_context(made, session_id, sizeof session_id - 1) == 1;
    if (!is_set) {
        SSL_CTX_free(made);
        return NULL;
    }
    // Over HTTP each message tells its own end, so a peer that leaves without close_notify hides nothing.
    SSL_CTX_set_options(
        made, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                  SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(
        made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    // Sessions live in tickets at the client; nothing is kept here.
    SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
    // Two records a system call.
    SSL_CTX_set_read_ahead(made, 1);
    SSL_CTX_set_default_read_buffer_len(made, 2 * (SSL3_RT_MAX_PLAIN_LENGTH + SSL3_RT_MAX_ENCRYPTED_OVERHEAD));
    SSL_CTX_set_alpn_select_cb(made, select_protocol, NULL);
    SSL_CTX_set_default_passwd_cb(made, no_password);
    return (ossl_tls_context *)made;
}

int ossl_tls_context_use_certificate(ossl_tls_context *context, const char *path) {
    int status = SSL_CTX_use_certificate_chain_file(ctx(context), path);
    ERR_clear_error();
    return status == 1;
}

int ossl_tls_context_use_key(ossl_tls_context *context, const char *path) {
    int status = SSL_CTX_use_PrivateKey_file(ctx(context), path, SSL_FILETYPE_PEM);
    // One that does not match the certificate is a key all the same; that is asked for separately.
    int is_mismatch = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
    ERR_clear_error();
    return status == 1 || is_mismatch;
}

int ossl_tls_context_key_matches(ossl_tls_context *context) {
    int status = SSL_CTX_check_private_key(ctx(context));
    ERR_clear_error();
    return status == 1;
}

int ossl_tls_context_use_client_authorities(ossl_tls_context *context, const char *path, ossl_tls_clients clients) {
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(path);
    int is_loaded = names != NULL && SSL_CTX_load_verify_file(ctx(context), path) == 1;
    ERR_clear_error();
    if (!is_loaded) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return 0;
    }
    SSL_CTX_set_client_CA_list(ctx(context), names);
    int mode = clients == OSSL_TLS_NO_CLIENTS         ? SSL_VERIFY_NONE
               : clients == OSSL_TLS_OPTIONAL_CLIENTS ? SSL_VERIFY_PEER
                                                      : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(ctx(context), mode, NULL);
    return 1;
}

ossl_tls_context *ossl_tls_client_context_create(const char *authorities) {
    SSL_CTX *made = SSL_CTX_new(TLS_client_method());
    if (made == NULL) return NULL;
    int is_set = SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION) == 1 &&
                 SSL_CTX_set_cipher_list(made, tls12_ciphers) == 1 &&
                 (authorities == NULL ? SSL_CTX_set_default_verify_paths(made)
                                      : SSL_CTX_load_verify_file(made, authorities)) == 1;
    ERR_clear_error();
    if (!is_set) {
        SSL_CTX_free(made);
        return NULL;
    }
    SSL_CTX_set_options(made, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_verify(made, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_default_passwd_cb(made, no_password);
    return (ossl_tls_context *)made;
}

void ossl_tls_context_free(ossl_tls_context *context) { SSL_CTX_free(ctx(context)); }
