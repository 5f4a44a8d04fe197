import CKernels

/// A depthwise 2-D convolution with folded batch norm, followed by SiLU.
final class DepthwiseLayer: Sendable {
    let layout: ChannelLayout
    private let kernel: Int
    private let stride: Int
    private let paddingTop: Int
    private let paddingLeft: Int
    private let weights: AlignedMemory
    private let bias: AlignedMemory

    /// - Parameters:
    ///   - values: `[C, 1, K, K]`.
    ///   - kernels: for which the weights are packed.
    init(
        _ values: [Float], norm: FoldedNorm, channels: Int, kernel: Int, stride: Int, paddingTop: Int, paddingLeft: Int,
        kernels: KernelSet
    ) {
        layout = ChannelLayout(channels)
        self.kernel = kernel
        self.stride = stride
        self.paddingTop = paddingTop
        self.paddingLeft = paddingLeft
        let lanes = Int(NN_LANES)
        let taps = kernel * kernel
        var packed = [Float](repeating: 0, count: layout.lanes * taps)
        for channel in 0..<channels {
            for tap in 0..<taps {
                packed[(channel / lanes * taps + tap) * lanes + channel % lanes] =
                    values[channel * taps + tap] * norm.scale[channel]
            }
        }
        weights =
            kernels.bf16 == nil ? AlignedMemory(packed) : Self.paired(packed, kernel: kernel, blocks: layout.blocks)
        bias = AlignedMemory(layout.lanes(of: norm.shift))
    }

    private static func paired(_ packed: [Float], kernel: Int, blocks: Int) -> AlignedMemory {
        let pairs = blocks * kernel * (kernel + 1) * Int(NN_LANES)
        let memory = AlignedMemory(undefined: pairs * MemoryLayout<nn_bf16_pair>.size)
        nn_pack_bf16_dwconv(
            Int32(kernel), Int32(blocks), packed, memory.base.assumingMemoryBound(to: nn_bf16_pair.self))
        return memory
    }

    /// The kernels' description of this layer on `source`, or on what `expand` makes of it.
    func descriptor(
        _ expand: ConvolutionLayer?, from source: Activation, to target: Activation, kernels: KernelSet
    ) -> nn_depthwise {
        precondition(source.type == kernels.type && target.type == kernels.type)
        precondition(target.layout == layout && (expand?.output ?? source.layout) == layout)
        var d = nn_depthwise()
        d.bf16 = kernels.bf16
        d.type = kernels.type
        if let expand { d.expand = expand.expansion(of: source) }
        d.filter = nn_dwconv2d(
            kernel: Int32(kernel), stride: Int32(stride), padding_top: Int32(paddingTop),
            padding_left: Int32(paddingLeft), in_height: Int32(source.extent.height),
            in_width: Int32(source.extent.width), out_height: Int32(target.extent.height),
            out_width: Int32(target.extent.width), blocks: Int32(layout.blocks),
            weights: UnsafeRawPointer(weights.base), bias: UnsafePointer(bias.floats))
        return d
    }
}

/// Squeeze and excitation: mean of every channel → reduce → SiLU → expand → sigmoid.
final class SqueezeLayer: Sendable {
    let squeezed: Int
    var channels: Int { layout.channels }
    private let layout: ChannelLayout
    private let reduce: AlignedMemory
    private let reduceBias: AlignedMemory
    private let expand: AlignedMemory
    private let expandBias: AlignedMemory
    private let factor: Float

    /// - Parameters:
    ///   - reduce: `[S, C, 1, 1]`; `reduceBias`: `[S]`.
    ///   - expand: `[C, S, 1, 1]`; `expandBias`: `[C]`.
    ///   - factor: by which its results are multiplied.
    init(reduce: [Float], reduceBias: [Float], expand: [Float], expandBias: [Float], factor: Float) {
        self.factor = factor
        let channels = expandBias.count
        let squeezed = reduceBias.count
        let layout = ChannelLayout(channels)
        let lanes = layout.lanes
        let block = Int(NN_LANES)
        var reducePacked = [Float](repeating: 0, count: squeezed * lanes)
        var expandPacked = reducePacked
        for hidden in 0..<squeezed {
            for channel in 0..<channels {
                reducePacked[hidden * lanes + channel] = reduce[hidden * channels + channel]
                expandPacked[(channel / block * squeezed + hidden) * block + channel % block] =
                    expand[channel * squeezed + hidden]
            }
        }
        self.squeezed = squeezed
        self.layout = layout
        self.reduce = AlignedMemory(reducePacked)
        self.reduceBias = AlignedMemory(reduceBias)
        self.expand = AlignedMemory(expandPacked)
        self.expandBias = AlignedMemory(layout.lanes(of: expandBias))
    }

    var description: nn_squeeze {
        nn_squeeze(
            channels: Int32(layout.lanes), squeezed: Int32(squeezed), reduce: UnsafePointer(reduce.floats),
            reduce_bias: UnsafePointer(reduceBias.floats), expand: UnsafePointer(expand.floats),
            expand_bias: UnsafePointer(expandBias.floats), factor: factor)
    }
}
