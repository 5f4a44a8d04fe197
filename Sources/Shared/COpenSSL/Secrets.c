#include "COpenSSL.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

int ossl_hmac_sha256(
    const void *key, size_t key_count, const void *message, size_t message_count, uint8_t *digest) {
    if (key_count > INT_MAX) return 0;
    unsigned count = 0;
    int is_made = HMAC(EVP_sha256(), key, (int)key_count, message, message_count, digest, &count) != NULL;
    ERR_clear_error();
    return is_made && count == 32;
}

int ossl_random(uint8_t *bytes, size_t count) {
    int is_made = count <= INT_MAX && RAND_bytes(bytes, (int)count) == 1;
    ERR_clear_error();
    return is_made;
}

int ossl_equal(const void *left, const void *right, size_t count) { return CRYPTO_memcmp(left, right, count) == 0; }
