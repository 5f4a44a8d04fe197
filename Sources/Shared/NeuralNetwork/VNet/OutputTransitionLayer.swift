import CKernels

/// V-Net's last layers: a 5×5×5 convolution with folded batch norm, ELU and a 1×1×1 convolution.
final class OutputTransitionLayer: Sendable {
    let input: ChannelLayout
    let channels: Int
    private let tileBlocks: Int32
    private let used: AlignedMemory
    private let weights: AlignedMemory
    private let bias: AlignedMemory
    private let mix: AlignedMemory
    private let mixBias: AlignedMemory

    /// - Parameters:
    ///   - values: `[C_out, C_in, 5, 5, 5]`.
    ///   - mix: `[C_out, C_out, 1, 1, 1]`; `mixBias`: `[C_out]`.
    init(
        _ values: [Float], norm: FoldedNorm, mix: [Float], mixBias: [Float], input: ChannelLayout, workers: Workers
    ) {
        self.input = input
        channels = mixBias.count
        let (inBlocks, outputs) = (Int32(input.blocks), Int32(channels))
        tileBlocks = nn_tile_blocks(workers.kernels, nn_output_transition_blocks(outputs))
        used = AlignedMemory(input.usedLanes)
        bias = AlignedMemory(ChannelLayout(channels).lanes(of: norm.shift))
        self.mix = AlignedMemory(mix)
        self.mixBias = AlignedMemory(mixBias)
        let count = nn_output_transition_packed_count(inBlocks, outputs)
        weights = AlignedMemory(undefined: Int(count) * MemoryLayout<Float>.size)
        nn_output_transition_pack(
            workers.pool, inBlocks, outputs, tileBlocks, input.channelOfLane, values, Int32(input.channels), norm.scale,
            weights.floats)
    }

    /// The kernels' description of this layer.
    func descriptor(from source: Activation) -> nn_output_transition {
        precondition(source.layout == input && source.border >= 2)
        return nn_output_transition(
            in_blocks: Int32(input.blocks), in_used: UnsafePointer(used.integers), depth: Int32(source.extent.depth),
            height: Int32(source.extent.height), width: Int32(source.extent.width), in_block: Int64(source.blockStride),
            in_plane: Int64(source.planeStride), in_row: Int64(source.rowStride), channels: Int32(channels),
            tile_blocks: tileBlocks, weights: UnsafePointer(weights.floats), bias: UnsafePointer(bias.floats),
            mix: UnsafePointer(mix.floats), mix_bias: UnsafePointer(mixBias.floats))
    }
}
