import CKernels

/// SiLU with base 2: what SiLU writes is kept multiplied by -log₂e, so that the kernels compute t / (1 + 2^t) for
/// t = -x·log₂e. The factor is folded into weights and biases around it.
enum SiLUBase {
    static let factor = -1.442695040888963387
}

/// The layers of an EfficientNet with folded batch norms and packed weights.
struct EfficientNetLayers: Sendable {
    struct MBConv: Sendable {
        let shape: MBConvShape
        let expand: ConvolutionLayer?
        let depthwise: DepthwiseLayer
        let squeeze: SqueezeLayer
        let project: ConvolutionLayer
    }

    let stem: ConvolutionLayer
    let blocks: [MBConv]
    let head: ConvolutionLayer
    let kernels: KernelSet

    /// MONAI's default, `("batch", {"eps": 1e-3, …})`.
    static let epsilon = 1e-3

    init(
        _ c: EfficientNetConfiguration, weights: any TensorSource, kernels: KernelSet
    ) throws(NeuralNetworkError) {
        self.kernels = kernels
        stem = try Self.stem(c, weights, kernels)
        var blocks: [MBConv] = []
        let scales = try ActivationScales(c, weights)
        var scale = SiLUBase.factor  // of what the next block reads
        for (shape, (excited, output)) in zip(c.blocks, zip(scales.excited, scales.outputs)) {
            blocks.append(try Self.block(shape, scales: (scale, excited, output), weights, kernels))
            scale = output
        }
        self.blocks = blocks
        head = try Self.pointwise(
            "_conv_head", norm: "_bn1", inputs: c.headInputs, outputs: c.headChannels, weights, kernels,
            activation: (scale, SiLUBase.factor))
    }

    private static func stem(
        _ c: EfficientNetConfiguration, _ weights: any TensorSource, _ kernels: KernelSet
    ) throws(NeuralNetworkError) -> ConvolutionLayer {
        let (before, _) = EfficientNetConfiguration.padding(
            nominalSize: c.variant.scaling.imageSize, kernel: 3, stride: 2)
        let values = try weights.tensor(named: "_conv_stem.weight", shape: [c.stemChannels, c.inChannels, 3, 3])
        let norm = try FoldedNorm(
            weights, prefix: "_bn0", channels: c.stemChannels, epsilon: epsilon, activation: (1, SiLUBase.factor))
        return ConvolutionLayer(
            values, order: .convolution(inputs: c.inChannels, taps: 9), norm: norm,
            shape: KernelShape(y: 3, x: 3, stride: 2, paddingY: before, paddingX: before),
            input: ChannelLayout(c.inChannels), output: ChannelLayout(c.stemChannels), isPlanar: true,
            kernels: kernels)
    }

    /// - Parameter scales: factors of the activations that the block reads, keeps before its projection, and writes.
    private static func block(
        _ shape: MBConvShape, scales: (input: Double, excited: Double, output: Double), _ weights: any TensorSource,
        _ kernels: KernelSet
    ) throws(NeuralNetworkError) -> MBConv {
        let expand =
            shape.hasExpansion
            ? try pointwise(
                shape.name + "._expand_conv", norm: shape.name + "._bn0", inputs: shape.inputs,
                outputs: shape.expanded, weights, kernels, activation: (scales.input, SiLUBase.factor))
            : nil
        let project = try pointwise(
            shape.name + "._project_conv", norm: shape.name + "._bn2", inputs: shape.expanded,
            outputs: shape.outputs, weights, kernels, activation: (SiLUBase.factor * scales.excited, scales.output))
        let depthwise = try depthwise(
            shape, input: expand == nil ? scales.input : SiLUBase.factor, weights, kernels)
        return MBConv(
            shape: shape, expand: expand, depthwise: depthwise,
            squeeze: try squeeze(shape, factor: scales.excited, weights), project: project)
    }

    private static func pointwise(
        _ name: String, norm: String, inputs: Int, outputs: Int, _ weights: any TensorSource,
        _ kernels: KernelSet, activation: (input: Double, output: Double)
    ) throws(NeuralNetworkError) -> ConvolutionLayer {
        let values = try weights.tensor(named: name + ".weight", shape: [outputs, inputs, 1, 1])
        return ConvolutionLayer(
            values, order: .convolution(inputs: inputs, taps: 1),
            norm: try FoldedNorm(weights, prefix: norm, channels: outputs, epsilon: epsilon, activation: activation),
            shape: .pointwise,
            input: ChannelLayout(inputs), output: ChannelLayout(outputs), inPairs: true, kernels: kernels)
    }

    /// - Parameter input: the factor of what it reads.
    private static func depthwise(
        _ shape: MBConvShape, input: Double, _ weights: any TensorSource, _ kernels: KernelSet
    ) throws(NeuralNetworkError) -> DepthwiseLayer {
        let values = try weights.tensor(
            named: shape.name + "._depthwise_conv.weight", shape: [shape.expanded, 1, shape.kernel, shape.kernel])
        let norm = try FoldedNorm(
            weights, prefix: shape.name + "._bn1", channels: shape.expanded, epsilon: epsilon,
            activation: (input, SiLUBase.factor))
        let (before, _) = EfficientNetConfiguration.padding(
            nominalSize: shape.nominalSize, kernel: shape.kernel, stride: shape.stride)
        return DepthwiseLayer(
            values, norm: norm, channels: shape.expanded, kernel: shape.kernel, stride: shape.stride,
            paddingTop: before, paddingLeft: before, kernels: kernels)
    }

    private static func squeeze(
        _ shape: MBConvShape, factor: Double, _ weights: any TensorSource
    ) throws(NeuralNetworkError) -> SqueezeLayer {
        let (wide, narrow) = (shape.expanded, shape.squeezed)
        return SqueezeLayer(
            reduce: try weights.tensor(named: shape.name + "._se_reduce.weight", shape: [narrow, wide, 1, 1])
                .map { Float(Double($0) / SiLUBase.factor) },
            reduceBias: try weights.tensor(named: shape.name + "._se_reduce.bias", shape: [narrow]),
            expand: try weights.tensor(named: shape.name + "._se_expand.weight", shape: [wide, narrow, 1, 1]),
            expandBias: try weights.tensor(named: shape.name + "._se_expand.bias", shape: [wide]), factor: Float(factor)
        )
    }
}
