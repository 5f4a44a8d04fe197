#include "Header.h"

#include <string.h>

#if __has_include(<openjpeg-2.5/openjpeg.h>)
#include <openjpeg-2.5/openjpeg.h>
#else
#include <openjpeg.h>
#endif

typedef struct {
    const uint8_t *bytes;
    size_t count, position;
} Memory;

static OPJ_SIZE_T read_memory(void *buffer, OPJ_SIZE_T count, void *context) {
    Memory *memory = context;
    const size_t left = memory->count - memory->position;
    if (left == 0) return (OPJ_SIZE_T)-1;
    const size_t part = count < left ? count : left;
    memcpy(buffer, memory->bytes + memory->position, part);
    memory->position += part;
    return part;
}

static OPJ_OFF_T skip_memory(OPJ_OFF_T count, void *context) {
    Memory *memory = context;
    if (count < 0 || (uint64_t)count > memory->count - memory->position) return -1;
    memory->position += (size_t)count;
    return count;
}

static OPJ_BOOL seek_memory(OPJ_OFF_T position, void *context) {
    Memory *memory = context;
    if (position < 0 || (uint64_t)position > memory->count) return OPJ_FALSE;
    memory->position = (size_t)position;
    return OPJ_TRUE;
}

static opj_stream_t *open_memory(Memory *memory) {
    opj_stream_t *stream = opj_stream_create(1 << 16, OPJ_TRUE);
    if (!stream) return NULL;
    opj_stream_set_user_data(stream, memory, NULL);
    opj_stream_set_user_data_length(stream, memory->count);
    opj_stream_set_read_function(stream, read_memory);
    opj_stream_set_skip_function(stream, skip_memory);
    opj_stream_set_seek_function(stream, seek_memory);
    return stream;
}

/// Copies the components, interleaved, as 16-bit patterns.
static j2k_status copy_out(const opj_image_t *image, const j2k_info *info, uint16_t *out) {
    const size_t pixels = (size_t)info->rows * info->columns;
    const uint32_t components = info->components;
    if (image->numcomps < components) return J2K_CORRUPT;
    for (uint32_t c = 0; c < components; c++) {
        const opj_image_comp_t *component = &image->comps[c];
        if (!component->data || component->w != info->columns || component->h != info->rows) return J2K_CORRUPT;
        for (size_t i = 0; i < pixels; i++) out[i * components + c] = (uint16_t)component->data[i];
    }
    return J2K_OK;
}

static j2k_status decode(opj_codec_t *codec, opj_stream_t *stream, const j2k_info *info, uint16_t *out) {
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    opj_image_t *image = NULL;
    // Strict: a truncated codestream is an error, not an image with holes.
    const int good = opj_setup_decoder(codec, &parameters) && opj_decoder_set_strict_mode(codec, OPJ_TRUE) &&
                     opj_read_header(stream, codec, &image) && opj_decode(codec, stream, image) &&
                     opj_end_decompress(codec, stream);
    const j2k_status status = good && image ? copy_out(image, info, out) : J2K_CORRUPT;
    opj_image_destroy(image);
    return status;
}

j2k_status j2k_read_info(const uint8_t *bytes, size_t count, j2k_info *info) {
    const uint8_t *codestream = j2k_codestream(bytes, count);
    uint64_t tiles = 0;
    if (!codestream) return J2K_CORRUPT;
    return j2k_read_siz(codestream, count - (size_t)(codestream - bytes), info, &tiles);
}

j2k_status j2k_decode(const uint8_t *bytes, size_t count, const j2k_info *info, uint16_t *out, size_t out_count) {
    const uint8_t *codestream = j2k_codestream(bytes, count);
    if (!codestream || out_count != (size_t)info->rows * info->columns * info->components) return J2K_CORRUPT;
    const size_t length = count - (size_t)(codestream - bytes);
    j2k_info found;
    uint64_t tiles = 0;
    j2k_status status = j2k_read_siz(codestream, length, &found, &tiles);
    if (status == J2K_OK) status = j2k_check_demands(codestream, length, &found, tiles);
    if (status != J2K_OK) return status;
    // Boxes around the codestream say nothing that the data set does not; decode the bare codestream.
    Memory memory = {codestream, length, 0};
    opj_codec_t *codec = opj_create_decompress(OPJ_CODEC_J2K);
    opj_stream_t *stream = open_memory(&memory);
    status = codec && stream ? decode(codec, stream, info, out) : J2K_NO_MEMORY;
    if (stream) opj_stream_destroy(stream);
    if (codec) opj_destroy_codec(codec);
    return status;
}
