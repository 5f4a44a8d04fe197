#include "COpenSSL.h"

#include <openssl/evp.h>

// The handle is OpenSSL's own context; the struct is never defined.
static EVP_MD_CTX *context(ossl_sha256 *hash) { return (EVP_MD_CTX *)hash; }

ossl_sha256 *ossl_sha256_create(void) {
    EVP_MD_CTX *made = EVP_MD_CTX_new();
    if (made != NULL && EVP_DigestInit_ex(made, EVP_sha256(), NULL) != 1) {
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
