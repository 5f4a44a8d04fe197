import CKernels

/// The layers of a V-Net with folded batch norms and packed weights.
struct VNetLayers: Sendable {
    struct Down: Sendable {
        let name: String
        let convolution: ConvolutionLayer
        let operations: [VolumeLayer]
    }

    struct Up: Sendable {
        let name: String
        /// One 1×1×1 convolution for each tap of the transposed convolution.
        let taps: [ConvolutionLayer]
        let operations: [VolumeLayer]
    }

    let input: ConvolutionLayer
    let down: [Down]
    let up: [Up]
    let output: OutputTransitionLayer

    init(
        _ c: VNetConfiguration, weights: any TensorSource, workers: Workers
    ) throws(NeuralNetworkError) {
        let loader = VNetLoader(weights: weights, workers: workers)
        let w = c.width
        input = try loader.inputTransition(inputs: c.inChannels, outputs: w)
        // MONAI names its transitions by the channels of its fixed width of 16.
        down = [
            try loader.down("down_tr32", inputs: w, convolutions: 1),
            try loader.down("down_tr64", inputs: 2 * w, convolutions: 2),
            try loader.down("down_tr128", inputs: 4 * w, convolutions: 3),
            try loader.down("down_tr256", inputs: 8 * w, convolutions: 2),
        ]
        up = [
            try loader.up("up_tr256", input: ChannelLayout(16 * w), outputs: 16 * w, convolutions: 2),
            try loader.up("up_tr128", input: ChannelLayout(8 * w, 8 * w), outputs: 8 * w, convolutions: 2),
            try loader.up("up_tr64", input: ChannelLayout(4 * w, 4 * w), outputs: 4 * w, convolutions: 1),
            try loader.up("up_tr32", input: ChannelLayout(2 * w, 2 * w), outputs: 2 * w, convolutions: 1),
        ]
        output = try loader.outputTransition(input: ChannelLayout(w, w), channels: c.outChannels)
    }
}

/// Reads V-Net layers by MONAI's tensor names.
private struct VNetLoader {
    let weights: any TensorSource
    let workers: Workers
    /// PyTorch's default for batch norm.
    private static let epsilon = 1e-5
    private static let five = KernelShape(z: 5, y: 5, x: 5, paddingZ: 2, paddingY: 2, paddingX: 2)
    private static let two = KernelShape(z: 2, y: 2, x: 2, stride: 2)

    /// A 5×5×5 convolution with batch norm (`Convolution` of MONAI: `conv` and `adn.N`).
    func convolution(
        _ name: String, input: ChannelLayout, output: ChannelLayout
    ) throws(NeuralNetworkError) -> VolumeLayer {
        try VolumeLayer(
            name + ".conv.weight", from: weights, norm: try norm(name + ".adn.N", output.channels), input: input,
            output: output)
    }

    /// `act(bn(conv(x)) + x repeated over the channels)`: the repeated input is a 1 in the centre tap of the kernel.
    func inputTransition(inputs: Int, outputs: Int) throws(NeuralNetworkError) -> ConvolutionLayer {
        let name = "in_tr.conv_block"
        let taps = 125
        var values = try weights.tensor(named: name + ".conv.weight", shape: [outputs, inputs, 5, 5, 5])
        let norm = try norm(name + ".adn.N", outputs)
        for channel in 0..<outputs {
            for index in channel * inputs * taps..<(channel + 1) * inputs * taps {
                values[index] *= norm.scale[channel]
            }
            values[(channel * inputs + channel % inputs) * taps + taps / 2] += 1
        }
        let unscaled = FoldedNorm(scale: [Float](repeating: 1, count: outputs), shift: norm.shift)
        return ConvolutionLayer(
            values, order: .convolution(inputs: inputs, taps: taps), norm: unscaled, shape: Self.five,
            input: ChannelLayout(inputs), output: ChannelLayout(outputs), isPlanar: true,
            kernels: KernelSet(float32: workers.kernels))
    }

    func down(_ name: String, inputs: Int, convolutions: Int) throws(NeuralNetworkError) -> VNetLayers.Down {
        let outputs = ChannelLayout(2 * inputs)
        let values = try weights.tensor(named: name + ".down_conv.weight", shape: [2 * inputs, inputs, 2, 2, 2])
        let layer = ConvolutionLayer(
            values, order: .convolution(inputs: inputs, taps: 8), norm: try norm(name + ".bn1", 2 * inputs),
            shape: Self.two, input: ChannelLayout(inputs), output: outputs, kernels: KernelSet(float32: workers.kernels)
        )
        return VNetLayers.Down(
            name: name,
            convolution: layer, operations: try operations(name, layout: outputs, count: convolutions))
    }

    /// - Parameter outputs: channels after concatenation; the transposed convolution makes the first half of them.
    func up(
        _ name: String, input: ChannelLayout, outputs: Int, convolutions: Int
    ) throws(NeuralNetworkError) -> VNetLayers.Up {
        let half = outputs / 2
        let values = try weights.tensor(named: name + ".up_conv.weight", shape: [input.channels, half, 2, 2, 2])
        let bias = try weights.tensor(named: name + ".up_conv.bias", shape: [half])
        let norm = try norm(name + ".bn1", half)
        let folded = FoldedNorm(
            scale: norm.scale, shift: (0..<half).map { norm.shift[$0] + bias[$0] * norm.scale[$0] })
        let taps = (0..<8).map { tap in
            ConvolutionLayer(
                values, order: .transposed(outputs: half, taps: 8, tap: tap), norm: folded, shape: .pointwise,
                input: input, output: ChannelLayout(half), kernels: KernelSet(float32: workers.kernels))
        }
        let layout = ChannelLayout(half, half)
        return VNetLayers.Up(
            name: name, taps: taps, operations: try operations(name, layout: layout, count: convolutions))
    }

    func outputTransition(
        input: ChannelLayout, channels: Int
    ) throws(NeuralNetworkError) -> OutputTransitionLayer {
        let values = try weights.tensor(
            named: "out_tr.conv_block.conv.weight", shape: [channels, input.channels, 5, 5, 5])
        let mix = try weights.tensor(named: "out_tr.conv2.weight", shape: [channels, channels, 1, 1, 1])
        let mixBias = try weights.tensor(named: "out_tr.conv2.bias", shape: [channels])
        return OutputTransitionLayer(
            values, norm: try norm("out_tr.conv_block.adn.N", channels), mix: mix, mixBias: mixBias, input: input,
            workers: workers)
    }

    private func operations(
        _ name: String, layout: ChannelLayout, count: Int
    ) throws(NeuralNetworkError) -> [VolumeLayer] {
        var layers: [VolumeLayer] = []
        for index in 0..<count {
            layers.append(try convolution("\(name).ops.\(index).conv_block", input: layout, output: layout))
        }
        return layers
    }

    private func norm(_ name: String, _ channels: Int) throws(NeuralNetworkError) -> FoldedNorm {
        try FoldedNorm(weights, prefix: name, channels: channels, epsilon: Self.epsilon)
    }
}
