/// One of the EfficientNets B0 … B7 (Tan and Le 2019, arXiv:1905.11946) as MONAI's `EfficientNetBN` builds them.
package struct EfficientNetConfiguration: Codable, Equatable, Sendable {
    package enum Variant: String, Codable, CaseIterable, Sendable {
        case b0, b1, b2, b3, b4, b5, b6, b7

        /// Width and depth factors and the image size for which MONAI computes the padding of every layer.
        var scaling: (width: Double, depth: Double, imageSize: Int) {
            switch self {
            case .b0: (1.0, 1.0, 224)
            case .b1: (1.0, 1.1, 240)
            case .b2: (1.1, 1.2, 260)
            case .b3: (1.2, 1.4, 300)
            case .b4: (1.4, 1.8, 380)
            case .b5: (1.6, 2.2, 456)
            case .b6: (1.8, 2.6, 528)
            case .b7: (2.0, 3.1, 600)
            }
        }
    }

    package let variant: Variant
    package let inChannels: Int
    package let numClasses: Int
    /// Rows and columns of the input; by default the variant's own size.
    package let inputSize: Int

    /// - Throws: `configurationInvalid` naming the field.
    package init(
        variant: Variant, inChannels: Int = 1, numClasses: Int, inputSize: Int? = nil
    ) throws(NeuralNetworkError) {
        func check(_ field: String, _ value: Int, _ range: ClosedRange<Int>) throws(NeuralNetworkError) {
            guard range.contains(value) else {
                throw .configurationInvalid(
                    field: field, found: "\(value)", allowed: "\(range.lowerBound)...\(range.upperBound)")
            }
        }
        let size = inputSize ?? variant.scaling.imageSize
        try check("in_channels", inChannels, 1...64)
        try check("num_classes", numClasses, 1...100_000)
        try check("input size", size, 32...2048)
        self.variant = variant
        self.inChannels = inChannels
        self.numClasses = numClasses
        self.inputSize = size
    }
}

/// One MBConv block: its position in the checkpoint and its shape.
struct MBConvShape: Equatable, Sendable {
    /// `_blocks.<stage>.<index>`
    let name: String
    let kernel: Int
    let stride: Int
    let inputs: Int
    let expanded: Int
    let squeezed: Int
    let outputs: Int
    /// Rows and columns that MONAI assumes at the block's input when it computes paddings.
    let nominalSize: Int

    var hasExpansion: Bool { expanded != inputs }
    var hasSkip: Bool { stride == 1 && inputs == outputs }
}

extension EfficientNetConfiguration {
    private struct Stage {
        let repeats: Int, kernel: Int, stride: Int, expansion: Int, inputs: Int, outputs: Int
    }

    /// The stages of B0 ("r1_k3_s11_e1_i32_o16_se0.25", …).
    private static let stages = [
        Stage(repeats: 1, kernel: 3, stride: 1, expansion: 1, inputs: 32, outputs: 16),
        Stage(repeats: 2, kernel: 3, stride: 2, expansion: 6, inputs: 16, outputs: 24),
        Stage(repeats: 2, kernel: 5, stride: 2, expansion: 6, inputs: 24, outputs: 40),
        Stage(repeats: 3, kernel: 3, stride: 2, expansion: 6, inputs: 40, outputs: 80),
        Stage(repeats: 3, kernel: 5, stride: 1, expansion: 6, inputs: 80, outputs: 112),
        Stage(repeats: 4, kernel: 5, stride: 2, expansion: 6, inputs: 112, outputs: 192),
        Stage(repeats: 1, kernel: 3, stride: 1, expansion: 6, inputs: 192, outputs: 320),
    ]

    var stemChannels: Int { roundedFilters(32) }
    var headInputs: Int { roundedFilters(320) }
    var headChannels: Int { roundedFilters(1280) }

    /// All blocks in order, with widths and depths scaled for the variant.
    var blocks: [MBConvShape] {
        var blocks: [MBConvShape] = []
        var size = (variant.scaling.imageSize + 1) / 2
        for (stageIndex, stage) in Self.stages.enumerated() {
            var inputs = roundedFilters(stage.inputs)
            var stride = stage.stride
            for _ in 0..<roundedRepeats(stage.repeats) {
                blocks.append(
                    MBConvShape(
                        name: "_blocks.\(stageIndex).\(blocks.count)", kernel: stage.kernel, stride: stride,
                        inputs: inputs, expanded: inputs * stage.expansion, squeezed: max(1, inputs / 4),
                        outputs: roundedFilters(stage.outputs), nominalSize: size))
                size = (size + stride - 1) / stride
                inputs = roundedFilters(stage.outputs)
                stride = 1
            }
        }
        return blocks
    }

    /// Scales a number of channels to a multiple of 8 that is not more than 10 % below the exact value.
    private func roundedFilters(_ filters: Int) -> Int {
        let exact = Double(filters) * variant.scaling.width
        let rounded = max(8, Int(exact + 4) / 8 * 8)
        return Double(rounded) < 0.9 * exact ? rounded + 8 : rounded
    }

    private func roundedRepeats(_ repeats: Int) -> Int {
        Int((variant.scaling.depth * Double(repeats)).rounded(.up))
    }

    /// Zero rows before and after an image of `nominalSize` (TensorFlow's "same" padding).
    static func padding(nominalSize: Int, kernel: Int, stride: Int) -> (before: Int, after: Int) {
        let outputs = (nominalSize + stride - 1) / stride
        let total = max((outputs - 1) * stride + kernel - nominalSize, 0)
        return (total / 2, total - total / 2)
    }

    /// The size after a layer whose padding was computed for `nominalSize`.
    static func outputSize(_ size: Int, nominalSize: Int, kernel: Int, stride: Int) -> Int {
        let (before, after) = padding(nominalSize: nominalSize, kernel: kernel, stride: stride)
        return (size + before + after - kernel) / stride + 1
    }
}
