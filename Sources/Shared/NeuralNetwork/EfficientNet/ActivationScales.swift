/// The powers of two by which the activations of an EfficientNet are kept multiplied (`ActivationSize`).
struct ActivationScales {
    /// Of every block's output, to which the following blocks of its stage add theirs.
    private(set) var outputs: [Double] = []
    /// Of what every block's squeeze and excitation writes.
    private(set) var excited: [Double] = []

    init(_ c: EfficientNetConfiguration, _ weights: any TensorSource) throws(NeuralNetworkError) {
        func layer(_ name: String, _ shape: [Int], norm: String) throws(NeuralNetworkError) -> ActivationSize.Layer {
            try ActivationSize.Layer(
                try weights.tensor(named: name + ".weight", shape: shape), inputs: shape[1...].reduce(1, *), norm: norm,
                weights)
        }
        func expansion(of shape: MBConvShape) throws(NeuralNetworkError) -> ActivationSize.Layer? {
            guard shape.hasExpansion else { return nil }
            return try layer(
                shape.name + "._expand_conv", [shape.expanded, shape.inputs, 1, 1], norm: shape.name + "._bn0")
        }
        // Images are normalised.
        var size = ActivationSize(square: 1)
            .afterSiLU(try layer("_conv_stem", [c.stemChannels, c.inChannels, 3, 3], norm: "_bn0"))
        var expand = try c.blocks.first.flatMap(expansion)
        for (index, shape) in c.blocks.enumerated() {
            let filter = try layer(
                shape.name + "._depthwise_conv", [shape.expanded, 1, shape.kernel, shape.kernel],
                norm: shape.name + "._bn1")
            let project = try layer(
                shape.name + "._project_conv", [shape.outputs, shape.expanded, 1, 1], norm: shape.name + "._bn2")
            var filtered = (expand.map(size.afterSiLU) ?? size).afterSiLU(filter)
            filtered.square /= 4  // factors of about a half
            excited.append(filtered.scale(before: project))
            let added = shape.hasSkip ? size.square : 0
            size = filtered.after(project)
            size.square += added
            let isLast = index + 1 == c.blocks.count
            expand = try isLast ? nil : expansion(of: c.blocks[index + 1])
            let next =
                try isLast
                ? layer("_conv_head", [c.headChannels, c.headInputs, 1, 1], norm: "_bn1") : expand
            // A layer in the middle of a stage reads what the stage's first block scales.
            outputs.append(
                shape.hasSkip ? outputs.last ?? 1 : next.map(size.scale) ?? 1)
        }
    }
}
