#include "COpenSSL.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

static X509 *x509(const ossl_certificate *certificate) { return (X509 *)certificate; }

void ossl_certificate_free(ossl_certificate *certificate) { X509_free(x509(certificate)); }

// Texts with a NUL inside are no names: what is behind it would be hidden from whoever compares.
static int copy_text(const void *bytes, size_t count, char *text, size_t capacity) {
    if (count + 1 > capacity || memchr(bytes, 0, count) != NULL) return -1;
    memcpy(text, bytes, count);
    text[count] = 0;
    return (int)count;
}

int ossl_certificate_subject(const ossl_certificate *certificate, char *text, size_t capacity) {
    BIO *memory = BIO_new(BIO_s_mem());
    if (memory == NULL) return -1;
    unsigned long form = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;
    int count = -1;
    if (X509_NAME_print_ex(memory, X509_get_subject_name(x509(certificate)), 0, form) >= 0) {
        char *bytes = NULL;
        long found = BIO_get_mem_data(memory, &bytes);
        if (found >= 0) count = copy_text(found == 0 ? "" : bytes, (size_t)found, text, capacity);
    }
    BIO_free(memory);
    ERR_clear_error();
    return count;
}

static GENERAL_NAMES *copy_names(const ossl_certificate *certificate) {
    GENERAL_NAMES *names = X509_get_ext_d2i(x509(certificate), NID_subject_alt_name, NULL, NULL);
    ERR_clear_error();
    return names;
}

int ossl_certificate_name_count(const ossl_certificate *certificate) {
    GENERAL_NAMES *names = copy_names(certificate);
    int count = names == NULL ? 0 : sk_GENERAL_NAME_num(names);
    GENERAL_NAMES_free(names);
    return count;
}

int ossl_certificate_name(
    const ossl_certificate *certificate, int index, ossl_name_kind *kind, char *text, size_t capacity) {
    GENERAL_NAMES *names = copy_names(certificate);
    const GENERAL_NAME *name = names == NULL ? NULL : sk_GENERAL_NAME_value(names, index);
    int count = -1;
    if (name != NULL) {
        *kind = name->type == GEN_DNS     ? OSSL_NAME_DNS
                : name->type == GEN_URI   ? OSSL_NAME_URI
                : name->type == GEN_EMAIL ? OSSL_NAME_EMAIL
                                          : OSSL_NAME_OTHER;
        if (*kind != OSSL_NAME_OTHER) {
            const ASN1_STRING *string = name->d.ia5;
            count = copy_text(
                ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string), text, capacity);
        }
    }
    GENERAL_NAMES_free(names);
    return count;
}

int64_t ossl_certificate_not_after(const ossl_certificate *certificate) {
    struct tm time;
    const ASN1_TIME *end = X509_get0_notAfter(x509(certificate));
    return end != NULL && ASN1_TIME_to_tm(end, &time) == 1 ? (int64_t)timegm(&time) : -1;
}

int ossl_certificate_fingerprint(const ossl_certificate *certificate, uint8_t *digest) {
    unsigned count = 0;
    return X509_digest(x509(certificate), EVP_sha256(), digest, &count) == 1 && count == 32;
}
