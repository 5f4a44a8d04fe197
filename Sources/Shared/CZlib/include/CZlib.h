#pragma once
// The small C surface of zlib that Hilum uses.
