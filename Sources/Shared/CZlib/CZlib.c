#include "CZlib.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

struct zlib_stream {
    z_stream state;
    bool deflating;
};

static int window_bits(zlib_wrapping wrapping) {
    switch (wrapping) {
    case ZLIB_GZIP: return MAX_WBITS + 16;
    case ZLIB_ZLIB: return MAX_WBITS;
    case ZLIB_RAW: return -MAX_WBITS;
    case ZLIB_GZIP_OR_ZLIB: return MAX_WBITS + 32;
    }
    return MAX_WBITS;
}

static zlib_stream *create(bool deflating, zlib_wrapping wrapping, int level) {
    zlib_stream *stream = calloc(1, sizeof *stream);
    if (!stream) return NULL;
    stream->deflating = deflating;
    int status = deflating
        ? deflateInit2(&stream->state, level, Z_DEFLATED, window_bits(wrapping), 8, Z_DEFAULT_STRATEGY)
        : inflateInit2(&stream->state, window_bits(wrapping));
    if (status == Z_OK) return stream;
    free(stream);
    return NULL;
}

zlib_stream *zlib_inflate_create(zlib_wrapping wrapping) { return create(false, wrapping, 0); }

zlib_stream *zlib_deflate_create(zlib_wrapping wrapping, int level) {
    return create(true, wrapping == ZLIB_GZIP_OR_ZLIB ? ZLIB_GZIP : wrapping, level);
}

zlib_status zlib_process(
    zlib_stream *stream, const uint8_t *input, size_t input_count, size_t *input_used,
    uint8_t *output, size_t output_count, size_t *output_used, bool finish) {
    z_stream *state = &stream->state;
    state->next_in = (Bytef *)input;
    state->avail_in = input_count > UINT_MAX ? UINT_MAX : (uInt)input_count;
    state->next_out = output;
    state->avail_out = output_count > UINT_MAX ? UINT_MAX : (uInt)output_count;
    const uInt offered = state->avail_in, room = state->avail_out;
    const bool last = finish && input_count == offered;

    int status = stream->deflating ? deflate(state, last ? Z_FINISH : Z_NO_FLUSH) : inflate(state, Z_NO_FLUSH);
    *input_used = offered - state->avail_in;
    *output_used = room - state->avail_out;
    switch (status) {
    case Z_OK:
    case Z_BUF_ERROR: return ZLIB_MORE; // no progress possible with what was given: not an error of the data
    case Z_STREAM_END: return ZLIB_END;
    case Z_MEM_ERROR: return ZLIB_NO_MEMORY;
    default: return ZLIB_BAD_DATA;
    }
}

void zlib_free(zlib_stream *stream) {
    if (!stream) return;
    if (stream->deflating) deflateEnd(&stream->state);
    else inflateEnd(&stream->state);
    free(stream);
}
