#pragma once
// SHA-256, incrementally. To be included by COpenSSL.h.

#ifdef __cplusplus
extern "C" {
#endif

/// One SHA-256 computation (FIPS 180-4). Used by one thread at a time.
typedef struct ossl_sha256 ossl_sha256;

/// Starts a computation; NULL when memory is short. Free it with `ossl_sha256_free`.
ossl_sha256 *OSSL_NULLABLE ossl_sha256_create(void);

/// Adds `count` bytes; `bytes` may be NULL when `count` is 0. Returns 1, or 0 when OpenSSL fails.
int ossl_sha256_update(ossl_sha256 *OSSL_NONNULL hash, const void *OSSL_NULLABLE bytes, size_t count);

/// Writes the 32 bytes of the digest and ends the computation. Returns 1, or 0 when OpenSSL fails.
int ossl_sha256_final(ossl_sha256 *OSSL_NONNULL hash, uint8_t *OSSL_NONNULL digest);

/// Frees a computation, finished or not.
void ossl_sha256_free(ossl_sha256 *OSSL_NULLABLE hash);

#ifdef __cplusplus
}
#endif
