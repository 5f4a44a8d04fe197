// What a JPEG 2000 codestream asks for, read from its markers before OpenJPEG sees it (ISO/IEC 15444-1 Annex A).
#include "Header.h"

#include <string.h>

enum { SOC = 0xFF4F, SIZ = 0xFF51, COD = 0xFF52, COC = 0xFF53, SOT = 0xFF90, SOD = 0xFF93, EOC = 0xFFD9 };

// Bounds that no radiograph comes near; without them a header of a few bytes costs gigabytes or minutes.
enum { MAX_TILES = 4096, MAX_LAYERS = 256, MAX_PACKETS = 1 << 20, MIN_PRECINCT_EXPONENT = 4 };

static uint32_t be16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }
static uint32_t be32(const uint8_t *p) { return be16(p) << 16 | be16(p + 2); }
static uint64_t ceil_div(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

const uint8_t *j2k_codestream(const uint8_t *bytes, size_t count) {
    static const uint8_t start[4] = {0xFF, 0x4F, 0xFF, 0x51};
    const size_t end = count < 4096 ? count : 4096;  // a JP2 file has a few short boxes before it
    for (size_t i = 0; i + 4 <= end; i++)
        if (memcmp(bytes + i, start, 4) == 0) return bytes + i;
    return NULL;
}

j2k_status j2k_read_siz(const uint8_t *p, size_t count, j2k_info *info, uint64_t *tiles) {
    if (count < 4 + 38) return J2K_CORRUPT;
    const uint8_t *siz = p + 4;
    const uint32_t length = be16(siz), components = be16(siz + 36);
    if (components == 0 || components > 4) return J2K_UNSUPPORTED;
    if (length < 38 + 3 * components || count < 4 + (size_t)length) return J2K_CORRUPT;
    const uint32_t x1 = be32(siz + 4), y1 = be32(siz + 8), x0 = be32(siz + 12), y0 = be32(siz + 16);
    const uint32_t tile_width = be32(siz + 20), tile_height = be32(siz + 24);
    const uint32_t tile_x0 = be32(siz + 28), tile_y0 = be32(siz + 32);
    if (x1 <= x0 || y1 <= y0 || tile_width == 0 || tile_height == 0) return J2K_CORRUPT;
    if (tile_x0 > x0 || tile_y0 > y0) return J2K_CORRUPT;
    const uint8_t *component = siz + 38;
    for (uint32_t i = 0; i < components; i++) {
        if (component[3 * i] != component[0]) return J2K_UNSUPPORTED;
        if (component[3 * i + 1] != 1 || component[3 * i + 2] != 1) return J2K_UNSUPPORTED;
    }
    info->rows = y1 - y0;
    info->columns = x1 - x0;
    info->components = components;
    info->precision = (component[0] & 0x7F) + 1u;
    info->is_signed = component[0] >> 7;
    *tiles = ceil_div((uint64_t)x1 - tile_x0, tile_width) * ceil_div((uint64_t)y1 - tile_y0, tile_height);
    if (info->precision > 16) return J2K_UNSUPPORTED;
    return *tiles <= MAX_TILES ? J2K_OK : J2K_TOO_LARGE;
}

/// Bounds one coding style: `levels` decompositions with optional precinct exponents behind them.
static j2k_status check_style(const uint8_t *style, size_t count, int has_precincts, const j2k_info *info,
                              uint64_t tiles, uint64_t layers) {
    if (count < 5) return J2K_CORRUPT;
    const uint32_t levels = style[0];
    if (levels > 32) return J2K_CORRUPT;
    if (has_precincts && count < 5 + (size_t)levels + 1) return J2K_CORRUPT;
    uint64_t precincts = 0;
    for (uint32_t r = 0; r <= levels; r++) {
        const uint32_t px = has_precincts ? style[5 + r] & 15u : 15, py = has_precincts ? style[5 + r] >> 4 : 15;
        if (px < MIN_PRECINCT_EXPONENT || py < MIN_PRECINCT_EXPONENT) return J2K_TOO_LARGE;
        const uint64_t shrink = levels - r;
        const uint64_t columns = (info->columns >> shrink) + 1, rows = (info->rows >> shrink) + 1;
        precincts += (ceil_div(columns, 1u << px) + 1) * (ceil_div(rows, 1u << py) + 1) + 4 * tiles;
    }
    return precincts * layers * info->components <= MAX_PACKETS ? J2K_OK : J2K_TOO_LARGE;
}

/// Walks the markers of a header from `offset` up to `stop`; a tile-part header may set the coding style again.
static j2k_status check_header(const uint8_t *p, size_t count, size_t *offset, uint32_t stop, const j2k_info *info,
                               uint64_t tiles, uint64_t *layers) {
    while (*offset + 4 <= count) {
        const uint32_t marker = be16(p + *offset);
        if (marker == stop) return J2K_OK;
        if (marker < 0xFF00) return J2K_CORRUPT;
        const size_t length = be16(p + *offset + 2);
        if (length < 2 || *offset + 2 + length > count) return J2K_CORRUPT;
        const uint8_t *body = p + *offset + 4;
        const size_t body_count = length - 2;
        j2k_status status = J2K_OK;
        if (marker == COD) {
            if (body_count < 10) return J2K_CORRUPT;
            *layers = be16(body + 2);
            if (*layers == 0 || *layers > MAX_LAYERS) return J2K_TOO_LARGE;
            status = check_style(body + 5, body_count - 5, body[0] & 1, info, tiles, *layers);
        } else if (marker == COC) {
            if (body_count < 7) return J2K_CORRUPT;
            status = check_style(body + 2, body_count - 2, body[1] & 1, info, tiles, *layers);
        }
        if (status != J2K_OK) return status;
        *offset += 2 + length;
    }
    return J2K_CORRUPT;
}

j2k_status j2k_check_demands(const uint8_t *p, size_t count, const j2k_info *info, uint64_t tiles) {
    uint64_t layers = 1;
    size_t offset = 2;
    j2k_status status = check_header(p, count, &offset, SOT, info, tiles, &layers);
    while (status == J2K_OK && offset + 12 <= count && be16(p + offset) == SOT) {
        const uint64_t part_length = be32(p + offset + 6);
        size_t inside = offset + 12;
        status = check_header(p, count, &inside, SOD, info, tiles, &layers);
        if (part_length == 0) break;  // up to the end of the codestream
        if (part_length < 14 || part_length > count - offset) return J2K_CORRUPT;
        offset += part_length;
    }
    return status;
}
