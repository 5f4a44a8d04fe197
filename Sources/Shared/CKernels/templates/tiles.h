// The heights of tiles: NN_TILE (one case of a switch over the height) for each.

#define NN_TILES_3(BLOCKS, STEP) NN_TILE(1, BLOCKS, STEP) NN_TILE(2, BLOCKS, STEP) NN_TILE(3, BLOCKS, STEP)
#define NN_TILES_6(BLOCKS, STEP) \
    NN_TILES_3(BLOCKS, STEP) NN_TILE(4, BLOCKS, STEP) NN_TILE(5, BLOCKS, STEP) NN_TILE(6, BLOCKS, STEP)
#define NN_TILES_8(BLOCKS, STEP) NN_TILES_6(BLOCKS, STEP) NN_TILE(7, BLOCKS, STEP) NN_TILE(8, BLOCKS, STEP)
#define NN_TILES_9(BLOCKS, STEP) \
    NN_TILES_8(BLOCKS, STEP) NN_TILE(9, BLOCKS, STEP)
#define NN_TILES_12(BLOCKS, STEP) \
    NN_TILES_9(BLOCKS, STEP) NN_TILE(10, BLOCKS, STEP) NN_TILE(11, BLOCKS, STEP) NN_TILE(12, BLOCKS, STEP)
#define NN_TILES_14(BLOCKS, STEP)                                                                                   \
    NN_TILES_9(BLOCKS, STEP)                                                                                        \
    NN_TILE(10, BLOCKS, STEP)                                                                                       \
    NN_TILE(11, BLOCKS, STEP) NN_TILE(12, BLOCKS, STEP) NN_TILE(13, BLOCKS, STEP) NN_TILE(14, BLOCKS, STEP)
