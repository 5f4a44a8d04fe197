#pragma once
// The small C surface of libpng that Hilum uses. Its longjmp stays in here.
#include <stddef.h>
#include <stdint.h>

typedef enum { PNG_SHIM_OK = 0, PNG_SHIM_CORRUPT, PNG_SHIM_TRUNCATED, PNG_SHIM_NO_MEMORY } png_shim_status;

typedef struct {
    uint32_t rows, columns;
    uint32_t channels;     // of the decoded samples: 1 grey, 3 RGB
    uint32_t bit_depth;    // of the decoded samples: 8 or 16
    uint32_t stored_depth; // of the file: 1, 2, 4, 8, 16
    uint32_t had_alpha, had_palette;
} png_shim_info;

/// Reads the header (PNG §11.2.2).
png_shim_status png_shim_read_info(const uint8_t *_Nonnull bytes, size_t count, png_shim_info *_Nonnull info);
/// Decodes to samples by pixel, 16-bit ones in host order; palettes become RGB, alpha is dropped. `out_count` bytes is
/// exactly rows · columns · channels · bit_depth / 8.
png_shim_status png_shim_decode(const uint8_t *_Nonnull bytes, size_t count, uint8_t *_Nonnull out, size_t out_count);
/// Encodes grey (1 channel) or RGB (3 channels) samples, by pixel, 16-bit ones in host order. `png` is allocated with
/// malloc.
png_shim_status png_shim_encode(const void *_Nonnull samples, uint32_t rows, uint32_t columns, uint32_t channels,
                                uint32_t bit_depth, uint8_t *_Nullable *_Nonnull png, size_t *_Nonnull count);
