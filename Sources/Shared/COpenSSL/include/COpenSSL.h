#pragma once
// The small C surface of OpenSSL that Hilum uses. Its one Swift owner is the target Cryptography.
#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#define OSSL_NULLABLE _Nullable
#define OSSL_NONNULL _Nonnull
#else
#define OSSL_NULLABLE
#define OSSL_NONNULL
#endif

#include "keys.h"
#include "sha256.h"
#include "tls.h"
