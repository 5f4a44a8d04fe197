// Bias, activation and residual on a finished tile, and its way out to the blocked layout; included once for every type
// of output and residual (NN_TYPE, NN_ELEMENT).

NN_INLINE void NN_TYPED(epilogue_rows)(
    int32_t rows, int32_t blocks, const float *tile, const nn_epilogue *e, const nn_activation first,
    const nn_activation second) {
    for (int32_t v = 0; v < blocks; v++) {
        const f32x16 bias = load(e->bias + 16 * v);
        NN_ELEMENT *output = (NN_ELEMENT *)e->output + v * e->block_stride;
        const NN_ELEMENT *residual = e->residual ? (const NN_ELEMENT *)e->residual + v * e->block_stride : NULL;
        for (int32_t r = 0; r < rows; r++) {
            f32x16 x = activate(load(tile + (r * blocks + v) * 16) + bias, first);
            if (residual) x = activate(x + load(residual + r * e->column_stride), second);
            store(output + r * e->column_stride, x);
        }
    }
}

static void NN_KERNEL(epilogue)(int32_t rows, int32_t blocks, const float *tile, const nn_epilogue *e) {
    if (e->first == NN_ACTIVATION_NONE && (!e->residual || e->second == NN_ACTIVATION_NONE)) {
        NN_TYPED(epilogue_rows)(rows, blocks, tile, e, NN_ACTIVATION_NONE, NN_ACTIVATION_NONE);
    } else if (e->first == NN_ACTIVATION_SILU2) {
        NN_TYPED(epilogue_rows)(rows, blocks, tile, e, NN_ACTIVATION_SILU2, e->second);
    } else {
        NN_TYPED(epilogue_rows)(rows, blocks, tile, e, e->first, e->second);
    }
}
