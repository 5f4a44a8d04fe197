#pragma once
// The small C surface of OpenJPEG that Hilum uses: decode one JPEG 2000 frame, bounded before anything is allocated.
#include <stddef.h>
#include <stdint.h>

typedef enum {
    J2K_OK = 0,
    J2K_CORRUPT,
    J2K_TOO_LARGE,     // more tiles, precincts or layers than any radiograph needs
    J2K_UNSUPPORTED,   // subsampled or unequal components, more than 16 bits
    J2K_NO_MEMORY
} j2k_status;

typedef struct {
    uint32_t rows, columns, components, precision;
    uint32_t is_signed;
} j2k_info;

/// Reads the image size from the main header (ISO/IEC 15444-1 §A.5.1) of a codestream, bare or in a JP2 file.
j2k_status j2k_read_info(const uint8_t *_Nonnull bytes, size_t count, j2k_info *_Nonnull info);

/// Decodes to 16-bit words, colour by pixel; a negative sample is its two's complement. `out_count` words is exactly
/// rows · columns · components of `info`, which `j2k_read_info` has given for the same bytes.
j2k_status j2k_decode(const uint8_t *_Nonnull bytes, size_t count, const j2k_info *_Nonnull info,
                      uint16_t *_Nonnull out, size_t out_count);
