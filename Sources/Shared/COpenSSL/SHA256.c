#include "COpenSSL.h"

#include <openssl/evp.h>
#include <pthread.h>

// The handle is OpenSSL's own context; the struct is never defined.
static EVP_MD_CTX *context(ossl_sha256 *hash) { return (EVP_MD_CTX *)hash; }

// Looked for once: OpenSSL would otherwise look through its providers for each hash anew. Never freed.
static EVP_MD *algorithm;

static void find_algorithm(void) { algorithm = EVP_MD_fetch(NULL, "SHA256", NULL); }

ossl_sha256 *ossl_sha256_create(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_algorithm);
    if (algorithm == NULL) return NULL;
    EVP_MD_CTX *made = EVP_MD_CTX_new();
    if (made != NULL && EVP_DigestInit_ex(made, algorithm, NULL) != 1) {
        EVP_MD_CTX_free(made);
        return NULL;
    }
    return (ossl_sha256 *)made;
}

int ossl_sha256_update(ossl_sha256 *hash, const void *bytes, size_t count) {
    if (count == 0) return 1;
    return EVP_DigestUpdate(context(hash), bytes, count) == 1;
}

int ossl_sha256_final(ossl_sha256 *hash, uint8_t *digest) {
    unsigned int length = 0;
    return EVP_DigestFinal_ex(context(hash), digest, &length) == 1 && length == 32;
}

void ossl_sha256_free(ossl_sha256 *hash) { EVP_MD_CTX_free(context(hash)); }
