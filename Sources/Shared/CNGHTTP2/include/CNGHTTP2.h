#pragma once
// nghttp2's own header is plain C that Swift reads; nothing needs wrapping.
#include <nghttp2/nghttp2.h>
