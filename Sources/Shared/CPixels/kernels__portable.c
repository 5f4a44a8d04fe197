// Vectors of whatever the CPU certainly has: SSE2, NEON.
#define PX_NAME(operation) px_##operation##__portable
#include "kernels.h"
