#pragma once
// The small C surface of libpng that Hilum uses.
