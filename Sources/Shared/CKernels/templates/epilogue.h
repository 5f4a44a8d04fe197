// Bias, activation and residual on a finished tile, and its way out to the blocked layout; included once for every type
// of output and residual (NN_TYPE, NN_ELEMENT).

/// `first`, `second` and `adds` are constants after inlining, so that the loop over the rows has no branches.
NN_INLINE void NN_TYPED(epilogue_rows)(
    int32_t rows, int32_t blocks, const float *tile, const nn_epilogue *e, const nn_activation first, const bool adds,
    const nn_activation second) {
    const int64_t column = e->column_stride;
    for (int32_t v = 0; v < blocks; v++, tile += 16) {
        const f32x16 bias = load(e->bias + 16 * v);
        NN_ELEMENT *output = (NN_ELEMENT *)e->output + v * e->block_stride;
        const NN_ELEMENT *residual = adds ? (const NN_ELEMENT *)e->residual + v * e->block_stride : NULL;
        const float *from = tile;
#pragma clang loop unroll_count(2)
        for (int32_t r = 0; r < rows; r++, from += blocks * 16) {
            f32x16 x = activate(load(from) + bias, first);
            if (adds) x = activate(x + load(residual + r * column), second);
            store(output + r * column, x);
        }
    }
}

static void NN_KERNEL(epilogue)(int32_t rows, int32_t blocks, const float *tile, const nn_epilogue *e) {
#define NN_EPILOGUE(FIRST, ADDS, SECOND) \
    NN_TYPED(epilogue_rows)(rows, blocks, tile, e, NN_ACTIVATION_##FIRST, ADDS, NN_ACTIVATION_##SECOND)
    if (!e->residual) {
        switch (e->first) {
        case NN_ACTIVATION_NONE: NN_EPILOGUE(NONE, false, NONE); return;
        case NN_ACTIVATION_SILU2: NN_EPILOGUE(SILU2, false, NONE); return;
        case NN_ACTIVATION_ELU: NN_EPILOGUE(ELU, false, NONE); return;
        }
    }
    if (e->first == NN_ACTIVATION_NONE && e->second == NN_ACTIVATION_NONE) NN_EPILOGUE(NONE, true, NONE);
    else if (e->first == NN_ACTIVATION_ELU && e->second == NN_ACTIVATION_ELU) NN_EPILOGUE(ELU, true, ELU);
    else NN_TYPED(epilogue_rows)(rows, blocks, tile, e, e->first, true, e->second);
#undef NN_EPILOGUE
}
