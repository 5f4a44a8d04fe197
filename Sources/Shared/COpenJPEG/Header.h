#pragma once
#include "COpenJPEG.h"

/// The SOC marker, or NULL.
const uint8_t *j2k_codestream(const uint8_t *bytes, size_t count);
/// `p` is at the SOC marker.
j2k_status j2k_read_siz(const uint8_t *p, size_t count, j2k_info *info, uint64_t *tiles);
/// Holds every coding style of the codestream against the bounds.
j2k_status j2k_check_demands(const uint8_t *p, size_t count, const j2k_info *info, uint64_t tiles);
