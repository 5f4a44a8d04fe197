import CKernels

/// Batch normalisation as the factor and the offset that it is after training.
struct FoldedNorm: Sendable {
    let scale: [Float]
    let shift: [Float]

    /// - Parameter activation: factors of the activations that the layer reads and writes (`SiLUBase`).
    /// - Throws: when one of `prefix.weight`, `.bias`, `.running_mean`, `.running_var` is missing or misshapen.
    init(
        _ weights: any TensorSource, prefix: String, channels: Int, epsilon: Double,
        activation: (input: Double, output: Double) = (1, 1)
    ) throws(NeuralNetworkError) {
        let gamma = try weights.tensor(named: prefix + ".weight", shape: [channels])
        let beta = try weights.tensor(named: prefix + ".bias", shape: [channels])
        let mean = try weights.tensor(named: prefix + ".running_mean", shape: [channels])
        let variance = try weights.tensor(named: prefix + ".running_var", shape: [channels])
        let factors = zip(gamma, variance).map { Double($0) / (Double($1) + epsilon).squareRoot() }
        scale = factors.map { Float($0 * activation.output / activation.input) }
        shift = (0..<channels).map { Float((Double(beta[$0]) - Double(mean[$0]) * factors[$0]) * activation.output) }
    }

    init(scale: [Float], shift: [Float]) {
        self.scale = scale
        self.shift = shift
    }
}

/// The geometry of a convolution kernel, equal along its axes (z is 1 in an image).
struct KernelShape: Equatable, Sendable {
    var z = 1
    var y = 1
    var x = 1
    var stride = 1
    var paddingZ = 0
    var paddingY = 0
    var paddingX = 0

    var taps: Int { z * y * x }
    static let pointwise = KernelShape()
}

/// Where element (out, in, tap) of a PyTorch weight lies.
struct WeightOrder: Sendable {
    let out: Int
    let input: Int
    let tap: Int
    var first = 0

    /// `[C_out, C_in, taps…]`
    static func convolution(inputs: Int, taps: Int) -> WeightOrder {
        WeightOrder(out: inputs * taps, input: taps, tap: 1)
    }
    /// One tap of `[C_in, C_out, taps…]`, the order of transposed convolutions.
    static func transposed(outputs: Int, taps: Int, tap: Int) -> WeightOrder {
        WeightOrder(out: taps, input: outputs * taps, tap: 1, first: tap)
    }
}

/// One convolution with its batch norm folded and its weights packed for the kernels, shared by all plans and runs.
final class ConvolutionLayer: Sendable {
    let shape: KernelShape
    let input: ChannelLayout
    /// The layer reads `PlanarInput` instead of blocks.
    let isPlanar: Bool
    let output: ChannelLayout
    private let tileBlocks: Int32
    /// Pairs of input blocks for `brgemm_paired`.
    private let pairs: Int32
    private let used: AlignedMemory
    private let weights: AlignedMemory
    private let bias: AlignedMemory
    private let kernels: KernelSet

    /// - Parameters:
    ///   - inPairs: its products may go in pairs; its map is a single row then.
    ///   - kernels: for which the weights are packed; those of a planar layer are float32 always.
    init(
        _ values: [Float], order: WeightOrder, norm: FoldedNorm, shape: KernelShape, input: ChannelLayout,
        output: ChannelLayout, isPlanar: Bool = false, inPairs: Bool = false, kernels: KernelSet
    ) {
        self.kernels = kernels
        self.shape = shape
        self.input = input
        self.output = output
        self.isPlanar = isPlanar
        let inBlocks = Int32(isPlanar ? input.channels : input.blocks)
        let inLanes: Int32 = isPlanar ? 1 : Int32(NN_LANES)
        let inChannels = isPlanar ? (0..<inBlocks).map { $0 } : input.channelOfLane
        let tileBlocks = nn_tile_blocks(kernels.f32, Int32(output.blocks))
        self.tileBlocks = tileBlocks
        used = AlignedMemory(isPlanar ? [Int32](repeating: 1, count: input.channels) : input.usedLanes)
        pairs = inPairs ? kernels.pairs(of: input) : 0
        bias = AlignedMemory(output.lanes(of: norm.shift))
        let count = nn_packed_count(inBlocks, inLanes, Int32(shape.taps), Int32(output.blocks))
        let packed = AlignedMemory(undefined: Int(count) * MemoryLayout<Float>.size)
        values.withUnsafeBufferPointer { source in
            guard let first = source.baseAddress else { return }
            nn_pack_convolution(
                inBlocks, inLanes, Int32(shape.taps), Int32(output.blocks), tileBlocks, output.channelOfLane,
                inChannels, first + order.first, Int64(order.out), Int64(order.input), Int64(order.tap), norm.scale,
                packed.floats)
        }
        if pairs > 0 {
            var sums = [Float](repeating: 0, count: output.lanes)
            nn_pack_pairs(inBlocks, pairs, Int32(output.blocks), tileBlocks, packed.floats, &sums)
            for (lane, sum) in sums.enumerated() { bias.floats[lane] -= sum }
        }
        guard kernels.bf16 != nil && !isPlanar else {
            weights = packed
            return
        }
        weights = AlignedMemory(undefined: Int(count) * MemoryLayout<UInt16>.size)
        nn_pack_bf16(
            inBlocks, Int32(shape.taps), Int32(output.blocks), tileBlocks, packed.floats,
            weights.base.assumingMemoryBound(to: UInt16.self))
    }

    /// The kernels' description of this layer from one activation to another.
    func descriptor(from source: Activation, to target: Activation) -> nn_convolution {
        precondition(!isPlanar && source.layout == input && source.border >= shape.paddingX)
        precondition(source.type == kernels.type)
        var c = description(to: target)
        precondition(pairs == 0 || target.extent.width == target.extent.positions)
        c.in_type = source.type
        c.pairs = pairs
        c.in_blocks = Int32(input.blocks)
        c.in_lanes = Int32(NN_LANES)
        c.in_block = Int64(source.blockStride)
        c.in_plane = Int64(source.planeStride)
        c.in_row = Int64(source.rowStride)
        c.in_column = Int32(NN_LANES)
        c.in_depth = Int32(source.extent.depth)
        c.in_height = Int32(source.extent.height)
        return c
    }

    /// The same for the first layer of a network.
    func descriptor(from source: PlanarInput, to target: Activation) -> nn_convolution {
        precondition(isPlanar && source.channels == input.channels && source.borderLeft >= shape.paddingX)
        var c = description(to: target)
        c.in_blocks = Int32(source.channels)
        c.in_lanes = 1
        c.in_block = Int64(source.channelStride)
        c.in_plane = Int64(source.planeStride)
        c.in_row = Int64(source.rowStride)
        c.in_column = 1
        c.in_depth = Int32(source.extent.depth)
        c.in_height = Int32(source.extent.height)
        return c
    }

    /// The same as the expansion of a block on `source`.
    func expansion(of source: Activation) -> nn_expansion {
        precondition(!isPlanar && shape == .pointwise && source.layout == input && source.border == 0)
        return nn_expansion(
            in_blocks: Int32(input.blocks), tile_blocks: tileBlocks, pairs: pairs,
            in_block: Int64(source.blockStride),
            in_used: UnsafePointer(used.integers), weights: UnsafeRawPointer(weights.base),
            bias: UnsafePointer(bias.floats))
    }

    private func description(to target: Activation) -> nn_convolution {
        precondition(target.layout == output)
        return nn_convolution(
            bf16: kernels.bf16, in_type: NN_F32, out_type: target.type, in_blocks: 0, in_lanes: 0,
            in_used: UnsafePointer(used.integers), in_block: 0, in_plane: 0, in_row: 0,
            in_column: 0, in_depth: 0, in_height: 0, kernel_z: Int32(shape.z), kernel_y: Int32(shape.y),
            kernel_x: Int32(shape.x), stride: Int32(shape.stride), padding_z: Int32(shape.paddingZ),
            padding_y: Int32(shape.paddingY), padding_x: Int32(shape.paddingX), out_blocks: Int32(output.blocks),
            out_depth: Int32(target.extent.depth), out_height: Int32(target.extent.height),
            out_width: Int32(target.extent.width), out_block: Int64(target.blockStride),
            out_plane: Int64(target.planeStride), out_row: Int64(target.rowStride), out_column: Int64(NN_LANES),
            tile_blocks: tileBlocks, pairs: 0, weights: UnsafeRawPointer(weights.base),
            bias: UnsafePointer(bias.floats),
            first: NN_ACTIVATION_NONE, second: NN_ACTIVATION_NONE)
    }
}
