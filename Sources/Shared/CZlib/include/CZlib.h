#pragma once
// The small C surface of zlib that Hilum uses: one opaque stream that inflates or deflates in steps.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma clang assume_nonnull begin

typedef struct zlib_stream zlib_stream;

/// How the compressed bytes are wrapped. ZLIB_GZIP_OR_ZLIB is for inflating only: the header tells.
typedef enum { ZLIB_GZIP, ZLIB_ZLIB, ZLIB_RAW, ZLIB_GZIP_OR_ZLIB } zlib_wrapping;

/// ZLIB_MORE: call again with more input or a fresh output. ZLIB_END: the compressed stream is complete.
typedef enum { ZLIB_MORE, ZLIB_END, ZLIB_BAD_DATA, ZLIB_NO_MEMORY } zlib_status;

/// NULL when memory is short. Level as in zlib: 0 to 9, -1 for the default.
zlib_stream *_Nullable zlib_inflate_create(zlib_wrapping wrapping);
zlib_stream *_Nullable zlib_deflate_create(zlib_wrapping wrapping, int level);

/// Consumes at most `input_count` bytes and writes at most `output_count`; says how many of each.
/// `finish` tells a deflating stream that no input follows this call's; an inflating stream ignores it.
zlib_status zlib_process(
    zlib_stream *stream, const uint8_t *_Nullable input, size_t input_count, size_t *input_used,
    uint8_t *output, size_t output_count, size_t *output_used, bool finish);

void zlib_free(zlib_stream *_Nullable stream);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif
