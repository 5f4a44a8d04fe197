import CKernels

extension EfficientNetLayers {
    /// The steps from the input image to the head's activation.
    func plan(
        _ c: EfficientNetConfiguration, threads: Int
    ) -> (plan: ExecutionPlan, features: Activation) {
        var builder = PlanBuilder(threads: threads)
        var x = stem(c, &builder)
        for block in blocks { x = append(block, to: x, &builder) }
        builder.layer = "_conv_head"
        let features = builder.activation(head.output, x.extent)
        builder.convolution(head, from: x.flattened, to: features.flattened, first: NN_ACTIVATION_SILU2)
        return (builder.plan(outputs: [features.place]), features)
    }

    private func stem(_ c: EfficientNetConfiguration, _ builder: inout PlanBuilder) -> Activation {
        let nominal = c.variant.scaling.imageSize
        builder.layer = "_conv_stem"
        let (before, after) = EfficientNetConfiguration.padding(nominalSize: nominal, kernel: 3, stride: 2)
        let image = builder.importInput(
            channels: c.inChannels, extent: Extent(height: c.inputSize, width: c.inputSize), borderLeft: before,
            borderRight: after)
        let size = EfficientNetConfiguration.outputSize(c.inputSize, nominalSize: nominal, kernel: 3, stride: 2)
        let x = builder.activation(stem.output, Extent(height: size, width: size), type: kernels.type)
        builder.convolution(stem, from: image, to: x, first: NN_ACTIVATION_SILU2)
        return x
    }

    private func append(_ block: MBConv, to input: Activation, _ builder: inout PlanBuilder) -> Activation {
        builder.layer = block.shape.name
        let size = EfficientNetConfiguration.outputSize(
            input.extent.height, nominalSize: block.shape.nominalSize, kernel: block.shape.kernel,
            stride: block.shape.stride)
        let extent = Extent(height: size, width: size)
        let filtered = builder.activation(block.depthwise.layout, extent, type: kernels.type)
        let factors = builder.depthwiseAndSqueeze(
            block.expand, block.depthwise, block.squeeze, from: input, to: filtered, kernels: kernels)
        let output = builder.activation(block.project.output, extent, type: kernels.type)
        builder.convolution(
            block.project, from: filtered.flattened, to: output.flattened,
            residual: block.shape.hasSkip ? input.flattened : nil, scale: factors)
        return output
    }
}
