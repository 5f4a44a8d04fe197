#pragma once
// The columns of an output row of a depthwise convolution, in either type.

/// RUN(x, count) for all `width` columns: NN_DWCONV_COLUMNS at a time, then four, then what is left; counts are constants.
#define NN_DWCONV_ALL_COLUMNS(width, RUN)                                                         \
    do {                                                                                          \
        int32_t x = 0;                                                                            \
        for (; x + NN_DWCONV_COLUMNS <= (width); x += NN_DWCONV_COLUMNS) RUN(x, NN_DWCONV_COLUMNS); \
        if (NN_DWCONV_COLUMNS > 4 && x + 4 <= (width)) {                                          \
            RUN(x, 4);                                                                            \
            x += 4;                                                                               \
        }                                                                                         \
        switch ((width) - x) {                                                                    \
        case 3: RUN(x, 3); break;                                                                 \
        case 2: RUN(x, 2); break;                                                                 \
        case 1: RUN(x, 1); break;                                                                 \
        }                                                                                         \
    } while (0)
