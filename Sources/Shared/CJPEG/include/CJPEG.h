#pragma once
// The small C surface of libjpeg that Hilum uses: 8-bit JPEG files to luminance, grey and RGB pixels to files. Its longjmp
// stays in here.
#include <stddef.h>
#include <stdint.h>

typedef enum {
    JPEG_SHIM_OK = 0,
    JPEG_SHIM_CORRUPT,
    JPEG_SHIM_TRUNCATED,
    JPEG_SHIM_TOO_MANY_SCANS,
    JPEG_SHIM_UNSUPPORTED,  // CMYK
    JPEG_SHIM_NO_MEMORY
} jpeg_shim_status;

typedef struct {
    uint32_t rows, columns, components;
} jpeg_shim_info;

jpeg_shim_status jpeg_shim_read_info(const uint8_t *_Nonnull bytes, size_t count, jpeg_shim_info *_Nonnull info);
/// Decodes to luminance (ITU-R BT.601, as JFIF has it), one byte a pixel; `out_count` is exactly rows · columns.
jpeg_shim_status jpeg_shim_decode_luminance(const uint8_t *_Nonnull bytes, size_t count, uint8_t *_Nonnull out,
                                            size_t out_count);
/// Encodes grey (1 channel) or RGB (3 channels) pixels, by pixel, as JFIF; `quality` is 1 to 100. `jpeg` is allocated
/// with malloc.
jpeg_shim_status jpeg_shim_encode(const uint8_t *_Nonnull pixels, uint32_t rows, uint32_t columns, uint32_t channels,
                                  int quality, uint8_t *_Nullable *_Nonnull jpeg, size_t *_Nonnull count);
