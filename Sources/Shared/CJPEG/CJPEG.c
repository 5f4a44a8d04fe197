#include "CJPEG.h"

#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

// A progressive file of a few bytes a scan over a large image would keep the decoder busy for minutes.
enum { MAX_SCANS = 64 };

typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf jump;
    jpeg_shim_status status;
} Errors;

typedef struct {
    struct jpeg_progress_mgr base;
} Progress;

static void fail(j_common_ptr common, jpeg_shim_status status) {
    Errors *errors = (Errors *)common->err;
    errors->status = status;
    longjmp(errors->jump, 1);
}

static void on_error(j_common_ptr common) {
    fail(common, common->err->msg_code == JERR_OUT_OF_MEMORY ? JPEG_SHIM_NO_MEMORY : JPEG_SHIM_CORRUPT);
}

/// libjpeg only warns where data is missing and goes on in grey; half a radiograph must not pass for a whole one.
static void on_message(j_common_ptr common, int level) {
    if (level >= 0) return;
    switch (common->err->msg_code) {
        case JWRN_JPEG_EOF: fail(common, JPEG_SHIM_TRUNCATED); break;
        case JWRN_HIT_MARKER: case JWRN_HUFF_BAD_CODE: case JWRN_MUST_RESYNC: case JWRN_ARITH_BAD_CODE:
            fail(common, JPEG_SHIM_CORRUPT);
            break;
        default: break;
    }
}

static void on_output(j_common_ptr common) { (void)common; }

static void on_progress(j_common_ptr common) {
    if (common->is_decompressor && ((j_decompress_ptr)common)->input_scan_number > MAX_SCANS)
        fail(common, JPEG_SHIM_TOO_MANY_SCANS);
}

static void decode(j_decompress_ptr jpeg, const uint8_t *bytes, size_t count, jpeg_shim_info *info, uint8_t *out,
                   size_t out_count) {
    jpeg_mem_src(jpeg, bytes, (unsigned long)count);
    jpeg_read_header(jpeg, TRUE);
    info->rows = jpeg->image_height;
    info->columns = jpeg->image_width;
    info->components = (uint32_t)jpeg->num_components;
    if (!out) return;
    if (jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK)
        fail((j_common_ptr)jpeg, JPEG_SHIM_UNSUPPORTED);
    if ((size_t)info->rows * info->columns != out_count) fail((j_common_ptr)jpeg, JPEG_SHIM_CORRUPT);
    jpeg->out_color_space = JCS_GRAYSCALE;
    jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = out + (size_t)jpeg->output_scanline * info->columns;
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
}

static jpeg_shim_status run(const uint8_t *bytes, size_t count, jpeg_shim_info *info, uint8_t *out, size_t out_count) {
    struct jpeg_decompress_struct jpeg;
    Errors errors;
    Progress progress = {{0}};
    memset(&jpeg, 0, sizeof jpeg);
    jpeg.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = on_error;
    errors.base.emit_message = on_message;
    errors.base.output_message = on_output;
    errors.status = JPEG_SHIM_OK;
    if (setjmp(errors.jump)) {
        jpeg_destroy_decompress(&jpeg);
        return errors.status;
    }
    jpeg_create_decompress(&jpeg);
    progress.base.progress_monitor = on_progress;
    jpeg.progress = &progress.base;
    decode(&jpeg, bytes, count, info, out, out_count);
    jpeg_destroy_decompress(&jpeg);
    return JPEG_SHIM_OK;
}

jpeg_shim_status jpeg_shim_read_info(const uint8_t *bytes, size_t count, jpeg_shim_info *info) {
    return run(bytes, count, info, NULL, 0);
}

jpeg_shim_status jpeg_shim_decode_luminance(const uint8_t *bytes, size_t count, uint8_t *out, size_t out_count) {
    jpeg_shim_info info;
    return run(bytes, count, &info, out, out_count);
}

static void encode(j_compress_ptr jpeg, const uint8_t *pixels, uint32_t rows, uint32_t columns, uint32_t channels,
                   int quality) {
    jpeg->image_height = rows;
    jpeg->image_width = columns;
    jpeg->input_components = (int)channels;
    jpeg->in_color_space = channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, quality, TRUE);
    jpeg_start_compress(jpeg, TRUE);
    while (jpeg->next_scanline < jpeg->image_height) {
        JSAMPROW row = (JSAMPROW)pixels + (size_t)jpeg->next_scanline * columns * channels;
        jpeg_write_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_compress(jpeg);
}

typedef struct {
    unsigned char *bytes;
    unsigned long count;
} Encoded;

jpeg_shim_status jpeg_shim_encode(const uint8_t *pixels, uint32_t rows, uint32_t columns, uint32_t channels,
                                  int quality, uint8_t **result, size_t *count) {
    struct jpeg_compress_struct jpeg;
    Errors errors;
    Encoded encoded = {NULL, 0};
    // Only the address goes into the jump's scope, so that no local that matters may be clobbered.
    Encoded *const target = &encoded;
    *result = NULL;
    *count = 0;
    memset(&jpeg, 0, sizeof jpeg);
    jpeg.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = on_error;
    errors.base.emit_message = on_message;
    errors.base.output_message = on_output;
    errors.status = JPEG_SHIM_OK;
    if (setjmp(errors.jump)) {
        jpeg_destroy_compress(&jpeg);
        free(target->bytes);
        return errors.status;
    }
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, &target->bytes, &target->count);
    encode(&jpeg, pixels, rows, columns, channels, quality);
    jpeg_destroy_compress(&jpeg);
    *result = target->bytes;
    *count = target->count;
    return JPEG_SHIM_OK;
}
