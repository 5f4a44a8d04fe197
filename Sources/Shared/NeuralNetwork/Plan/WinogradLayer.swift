import CKernels

/// The weights of a 5×5×5 convolution in the domain of Winograd's products.
final class WinogradLayer: Sendable {
    private let tile: (z: Int32, y: Int32, x: Int32)
    let input: ChannelLayout
    let output: ChannelLayout
    private let tileBlocks: Int32
    private let used: AlignedMemory
    private let weights: AlignedMemory
    private let bias: AlignedMemory

    /// - Parameters:
    ///   - values: `[C_out, C_in, 5, 5, 5]`.
    ///   - tile: outputs along each axis, 2 or 4.
    init(
        _ values: [Float], norm: FoldedNorm, tile: (z: Int, y: Int, x: Int), input: ChannelLayout,
        output: ChannelLayout, workers: Workers
    ) {
        self.tile = (Int32(tile.z), Int32(tile.y), Int32(tile.x))
        self.input = input
        self.output = output
        tileBlocks = nn_tile_blocks(workers.kernels, Int32(output.blocks))
        used = AlignedMemory(input.usedLanes)
        bias = AlignedMemory(output.lanes(of: norm.shift))
        let (inBlocks, outBlocks) = (Int32(input.blocks), Int32(output.blocks))
        let count = nn_winograd_packed_count(inBlocks, outBlocks, self.tile.z, self.tile.y, self.tile.x)
        weights = AlignedMemory(undefined: Int(count) * MemoryLayout<Float>.size)
        nn_winograd_pack(
            workers.pool, inBlocks, outBlocks, self.tile.z, self.tile.y, self.tile.x, tileBlocks,
            output.channelOfLane, input.channelOfLane, values, Int32(input.channels), norm.scale, weights.floats)
    }

    /// The kernels' description of this layer from one activation to another.
    func descriptor(from source: Activation, to target: Activation) -> nn_winograd {
        precondition(source.layout == input && target.layout == output && source.extent == target.extent)
        return nn_winograd(
            in_blocks: Int32(input.blocks), out_blocks: Int32(output.blocks), in_used: UnsafePointer(used.integers),
            depth: Int32(source.extent.depth), height: Int32(source.extent.height), width: Int32(source.extent.width),
            in_block: Int64(source.blockStride), in_plane: Int64(source.planeStride), in_row: Int64(source.rowStride),
            out_block: Int64(target.blockStride), out_plane: Int64(target.planeStride),
            out_row: Int64(target.rowStride), tile_z: tile.z, tile_y: tile.y, tile_x: tile.x, tile_blocks: tileBlocks,
            weights: UnsafePointer(weights.floats), bias: UnsafePointer(bias.floats), first: NN_ACTIVATION_NONE,
            second: NN_ACTIVATION_NONE)
    }
}
