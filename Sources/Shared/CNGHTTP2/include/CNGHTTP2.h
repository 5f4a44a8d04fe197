#pragma once
// The small C surface of nghttp2 that Hilum uses.
