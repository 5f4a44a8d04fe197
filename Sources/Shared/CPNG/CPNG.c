#include "CPNG.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const uint8_t *bytes;
    size_t count, position;
    volatile int ran_out;  // read after longjmp, when the compiler believes that nothing has changed
} Input;

typedef struct {
    uint8_t *bytes;
    size_t count, capacity;
} Output;

static void read_bytes(png_structp png, png_bytep out, size_t count) {
    Input *input = png_get_io_ptr(png);
    if (count > input->count - input->position) {
        input->ran_out = 1;
        png_error(png, "");
    }
    memcpy(out, input->bytes + input->position, count);
    input->position += count;
}

static void write_bytes(png_structp png, png_bytep bytes, size_t count) {
    Output *output = png_get_io_ptr(png);
    if (count > output->capacity - output->count) {
        const size_t capacity = 2 * (output->capacity + count);
        uint8_t *grown = realloc(output->bytes, capacity);
        if (!grown) png_error(png, "");
        output->bytes = grown;
        output->capacity = capacity;
    }
    memcpy(output->bytes + output->count, bytes, count);
    output->count += count;
}

static void fail(png_structp png, png_const_charp message) {
    (void)message;
    png_longjmp(png, 1);
}
static void ignore(png_structp png, png_const_charp message) { (void)png, (void)message; }
static void flush_nothing(png_structp png) { (void)png; }

/// Up to the header, with the conversions to 8 or 16 bits grey or RGB set.
static void read_header(png_structp png, png_infop header, Input *input, png_shim_info *info) {
    png_set_read_fn(png, input, read_bytes);
    png_set_chunk_malloc_max(png, 1 << 20);  // ancillary chunks only; the size of the image is the caller's to check
    png_set_chunk_cache_max(png, 64);
    png_set_user_limits(png, 65535, 65535);
    png_read_info(png, header);
    const int colour = png_get_color_type(png, header), depth = png_get_bit_depth(png, header);
    info->rows = png_get_image_height(png, header);
    info->columns = png_get_image_width(png, header);
    info->stored_depth = (uint32_t)depth;
    info->had_alpha = (colour & PNG_COLOR_MASK_ALPHA) != 0;
    info->had_palette = colour == PNG_COLOR_TYPE_PALETTE;
    info->channels = (colour & PNG_COLOR_MASK_COLOR) ? 3 : 1;
    info->bit_depth = depth == 16 ? 16 : 8;
    if (info->had_palette) png_set_palette_to_rgb(png);
    if (colour == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
    png_set_strip_alpha(png);
    if (depth == 16) png_set_swap(png);
}

png_shim_status png_shim_read_info(const uint8_t *bytes, size_t count, png_shim_info *info) {
    Input input = {bytes, count, 0, 0};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, fail, ignore);
    png_infop header = png ? png_create_info_struct(png) : NULL;
    if (!header) {
        png_destroy_read_struct(&png, NULL, NULL);
        return PNG_SHIM_NO_MEMORY;
    }
    png_shim_status status = PNG_SHIM_OK;
    if (setjmp(png_jmpbuf(png)))
        status = input.ran_out ? PNG_SHIM_TRUNCATED : PNG_SHIM_CORRUPT;
    else
        read_header(png, header, &input, info);
    png_destroy_read_struct(&png, &header, NULL);
    return status;
}

static void read_rows(png_structp png, png_infop header, uint8_t *out, size_t out_count) {
    const int passes = png_set_interlace_handling(png);
    png_read_update_info(png, header);
    const size_t row_bytes = png_get_rowbytes(png, header), rows = png_get_image_height(png, header);
    if (row_bytes * rows != out_count) png_error(png, "");
    for (int pass = 0; pass < passes; pass++)
        for (size_t row = 0; row < rows; row++) png_read_row(png, out + row * row_bytes, NULL);
    png_read_end(png, NULL);
}

png_shim_status png_shim_decode(const uint8_t *bytes, size_t count, uint8_t *out, size_t out_count) {
    Input input = {bytes, count, 0, 0};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, fail, ignore);
    png_infop header = png ? png_create_info_struct(png) : NULL;
    if (!header) {
        png_destroy_read_struct(&png, NULL, NULL);
        return PNG_SHIM_NO_MEMORY;
    }
    png_shim_info info;
    png_shim_status status = PNG_SHIM_OK;
    if (setjmp(png_jmpbuf(png))) {
        status = input.ran_out ? PNG_SHIM_TRUNCATED : PNG_SHIM_CORRUPT;
    } else {
        read_header(png, header, &input, &info);
        read_rows(png, header, out, out_count);
    }
    png_destroy_read_struct(&png, &header, NULL);
    return status;
}

png_shim_status png_shim_encode(const void *samples, uint32_t rows, uint32_t columns, uint32_t channels,
                                uint32_t bit_depth, uint8_t **result, size_t *count) {
    Output output = {NULL, 0, 0};
    *result = NULL;
    *count = 0;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, fail, ignore);
    png_infop header = png ? png_create_info_struct(png) : NULL;
    if (!header) {
        png_destroy_write_struct(&png, NULL);
        return PNG_SHIM_NO_MEMORY;
    }
    // Only the address goes into the jump's scope, so that no local that matters may be clobbered.
    Output *const target = &output;
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &header);
        free(target->bytes);
        return PNG_SHIM_CORRUPT;
    }
    png_set_write_fn(png, target, write_bytes, flush_nothing);
    png_set_IHDR(png, header, columns, rows, (int)bit_depth,
                 channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    // One filter for all rows and the least effort: at most a seventh larger than with the filters that libpng would try
    // row by row, and for smooth images smaller.
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
    png_set_compression_level(png, 1);
    png_write_info(png, header);
    if (bit_depth == 16) png_set_swap(png);
    const size_t row_bytes = (size_t)columns * channels * bit_depth / 8;
    for (uint32_t row = 0; row < rows; row++) png_write_row(png, (png_const_bytep)samples + row * row_bytes);
    png_write_end(png, header);
    png_destroy_write_struct(&png, &header);
    *result = target->bytes;
    *count = target->count;
    return PNG_SHIM_OK;
}
