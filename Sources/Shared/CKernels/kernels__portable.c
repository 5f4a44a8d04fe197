// Portable tier: what the compiler makes of 16 lanes on the base instruction set (SSE2, NEON, …).
#include <assert.h>
#include "nn_kernels.h"
#include "nn_tables.h"

#define NN_ISA portable
#define NN_TIER NN_TIER_PORTABLE
#define NN_TIER_NAME "portable"
#define NN_BLOCKS 1
#if defined(__aarch64__)  // 32 registers of 4 floats
#define NN_ROWS_1 NN_TILES_6
#define NN_HEIGHT_1 6
#else  // 16 registers of 4 floats
#define NN_ROWS_1 NN_TILES_3
#define NN_HEIGHT_1 3
#endif
#define NN_HEIGHT_2 0
#define NN_HEIGHT_3 0
#define NN_DWCONV_COLUMNS 2
#define NN_WINOGRAD_LANES 4
#define NN_PEAK_CHAINS 3
#include "templates/f32_tier.h"
