#include "COpenSSL.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

// The handle is OpenSSL's own key; the struct is never defined.
static EVP_PKEY *pkey(const ossl_public_key *key) { return (EVP_PKEY *)key; }

static int no_password(char *buffer, int size, int for_writing, void *unused) {
    (void)buffer, (void)size, (void)for_writing, (void)unused;
    return -1;
}

ossl_public_key *ossl_public_key_from_pem(const void *bytes, size_t count) {
    if (count > 1 << 20) return NULL;
    BIO *memory = BIO_new_mem_buf(bytes, (int)count);
    if (memory == NULL) return NULL;
    EVP_PKEY *key = PEM_read_bio_PUBKEY(memory, NULL, no_password, NULL);
    if (key == NULL && BIO_reset(memory) == 1) {
        X509 *certificate = PEM_read_bio_X509(memory, NULL, no_password, NULL);
        if (certificate != NULL) key = X509_get_pubkey(certificate);
        X509_free(certificate);
    }
    BIO_free(memory);
    ERR_clear_error();
    return (ossl_public_key *)key;
}

// Makes a key of the given type, and takes the parameters; frees them.
static ossl_public_key *from_parameters(const char *type, OSSL_PARAM *parameters) {
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (context != NULL && parameters != NULL && EVP_PKEY_fromdata_init(context) == 1 &&
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    ERR_clear_error();
    return (ossl_public_key *)key;
}

ossl_public_key *ossl_public_key_from_rsa(
    const uint8_t *modulus, size_t modulus_count, const uint8_t *exponent, size_t exponent_count) {
    if (modulus_count > 2048 || exponent_count > 8) return NULL;
    OSSL_PARAM *parameters = NULL;
    BIGNUM *n = BN_bin2bn(modulus, (int)modulus_count, NULL);
    BIGNUM *e = BN_bin2bn(exponent, (int)exponent_count, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (n != NULL && e != NULL && builder != NULL && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1)
        parameters = OSSL_PARAM_BLD_to_param(builder);
    OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    BN_free(e);
    return from_parameters("RSA", parameters);
}

ossl_public_key *ossl_public_key_from_p256(const uint8_t *x, const uint8_t *y) {
    uint8_t point[65] = {POINT_CONVERSION_UNCOMPRESSED};
    memcpy(point + 1, x, 32);
    memcpy(point + 33, y, 32);
    OSSL_PARAM *parameters = NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (builder != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) == 1)
        parameters = OSSL_PARAM_BLD_to_param(builder);
    OSSL_PARAM_BLD_free(builder);
    return from_parameters("EC", parameters);
}

ossl_public_key *ossl_public_key_from_ed25519(const uint8_t *bytes) {
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bytes, 32);
    ERR_clear_error();
    return (ossl_public_key *)key;
}

void ossl_public_key_free(ossl_public_key *key) { EVP_PKEY_free(pkey(key)); }

static int is_p256(EVP_PKEY *key) {
    char name[32] = {0};
    size_t count = 0;
    int found = EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, &count);
    return found == 1 && strcmp(name, "prime256v1") == 0;
}

ossl_key_kind ossl_public_key_kind(const ossl_public_key *key) {
    switch (EVP_PKEY_get_base_id(pkey(key))) {
    case EVP_PKEY_RSA: return OSSL_KEY_RSA;
    case EVP_PKEY_EC: return is_p256(pkey(key)) ? OSSL_KEY_P256 : OSSL_KEY_OTHER;
    case EVP_PKEY_ED25519: return OSSL_KEY_ED25519;
    default: return OSSL_KEY_OTHER;
    }
}

int ossl_public_key_bits(const ossl_public_key *key) { return EVP_PKEY_get_bits(pkey(key)); }

// ECDSA's signature as OpenSSL wants it: DER of r and s. Returns its length, 0 when memory is short.
static int der_signature(const uint8_t *signature, unsigned char **der) {
    ECDSA_SIG *made = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, 32, NULL), *s = BN_bin2bn(signature + 32, 32, NULL);
    int count = 0;
    if (made != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(made, r, s) == 1) {
        r = s = NULL;  // now the signature's
        count = i2d_ECDSA_SIG(made, der);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(made);
    return count > 0 ? count : 0;
}

static int verify(
    EVP_PKEY *key, const EVP_MD *hash, const uint8_t *message, size_t message_count, const uint8_t *signature,
    size_t signature_count) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int is_valid = context != NULL && EVP_DigestVerifyInit(context, NULL, hash, NULL, key) == 1 &&
                   EVP_DigestVerify(context, signature, signature_count, message, message_count) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return is_valid;
}

int ossl_verify(
    ossl_public_key *key, const uint8_t *message, size_t message_count, const uint8_t *signature,
    size_t signature_count) {
    switch (ossl_public_key_kind(key)) {
    case OSSL_KEY_RSA: return verify(pkey(key), EVP_sha256(), message, message_count, signature, signature_count);
    case OSSL_KEY_ED25519: return verify(pkey(key), NULL, message, message_count, signature, signature_count);
    case OSSL_KEY_P256: {
        if (signature_count != 64) return 0;
        unsigned char *der = NULL;
        int count = der_signature(signature, &der);
        int is_valid = count > 0 && verify(pkey(key), EVP_sha256(), message, message_count, der, (size_t)count);
        OPENSSL_free(der);
        return is_valid;
    }
    default: return 0;
    }
}
