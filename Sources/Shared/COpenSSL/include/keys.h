#pragma once
// Signatures, message authentication, random bytes and comparison in constant time. To be included by COpenSSL.h.

#ifdef __cplusplus
extern "C" {
#endif

/// A public key that signatures are verified with; may be shared by threads.
typedef struct ossl_public_key ossl_public_key;

typedef enum { OSSL_KEY_RSA, OSSL_KEY_P256, OSSL_KEY_ED25519, OSSL_KEY_OTHER } ossl_key_kind;

/// Reads one PEM block: a public key (`PUBLIC KEY`) or a certificate. NULL where there is none.
ossl_public_key *OSSL_NULLABLE ossl_public_key_from_pem(const void *OSSL_NONNULL bytes, size_t count);

/// An RSA key of modulus and exponent, both big-endian. NULL where these make no key.
ossl_public_key *OSSL_NULLABLE ossl_public_key_from_rsa(
    const uint8_t *OSSL_NONNULL modulus, size_t modulus_count, const uint8_t *OSSL_NONNULL exponent,
    size_t exponent_count);

/// A key on P-256 of its two coordinates, 32 bytes each. NULL where the point is not on the curve.
ossl_public_key *OSSL_NULLABLE ossl_public_key_from_p256(const uint8_t *OSSL_NONNULL x, const uint8_t *OSSL_NONNULL y);

/// A key on Ed25519 of its 32 bytes. NULL when OpenSSL refuses it.
ossl_public_key *OSSL_NULLABLE ossl_public_key_from_ed25519(const uint8_t *OSSL_NONNULL bytes);

void ossl_public_key_free(ossl_public_key *OSSL_NULLABLE key);

ossl_key_kind ossl_public_key_kind(const ossl_public_key *OSSL_NONNULL key);

/// Length of the key in bits.
int ossl_public_key_bits(const ossl_public_key *OSSL_NONNULL key);

/// Whether `signature` is that of `message`: RSASSA-PKCS1-v1_5 with SHA-256, ECDSA with SHA-256 and a signature of
/// r and s of 32 bytes each, or Ed25519 (RFC 7518 §3.3, §3.4; RFC 8037 §3.1), as the key is.
int ossl_verify(
    ossl_public_key *OSSL_NONNULL key, const uint8_t *OSSL_NONNULL message, size_t message_count,
    const uint8_t *OSSL_NONNULL signature, size_t signature_count);

/// Writes the 32 bytes of HMAC-SHA-256 (RFC 2104). Returns 1, or 0 when OpenSSL fails.
int ossl_hmac_sha256(
    const void *OSSL_NONNULL key, size_t key_count, const void *OSSL_NONNULL message, size_t message_count,
    uint8_t *OSSL_NONNULL digest);

/// Fills `bytes` from OpenSSL's random generator. Returns 1, or 0 where the system gives no entropy.
int ossl_random(uint8_t *OSSL_NONNULL bytes, size_t count);

/// Whether two areas are equal, in a time that depends on `count` alone.
int ossl_equal(const void *OSSL_NONNULL left, const void *OSSL_NONNULL right, size_t count);

#ifdef __cplusplus
}
#endif
