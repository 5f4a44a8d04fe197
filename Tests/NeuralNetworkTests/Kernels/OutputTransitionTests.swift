import CKernels
import Foundation
import NeuralNetwork
import Testing

/// V-Net's output transition against a direct sum in double precision.
@Suite struct `The output transition is exact on any shape` {
    /// One, several and more channels than lanes; maps shorter than the z taps, cut into strips and into chunks.
    static let shapes = [
        ConvolutionShape(inputs: 16, outputs: 3, kernel: 5, depth: 6, height: 8, width: 12),
        ConvolutionShape(inputs: 3, outputs: 1, kernel: 5, depth: 2, height: 4, width: 4),
        ConvolutionShape(inputs: 20, outputs: 5, kernel: 5, depth: 3, height: 4, width: 8),
        ConvolutionShape(inputs: 2, outputs: 17, kernel: 5, depth: 2, height: 8, width: 4),
        ConvolutionShape(inputs: 1, outputs: 2, kernel: 5, depth: 37, height: 12, width: 132),
    ]

    @Test(arguments: KernelTier.available, shapes)
    func `all numbers of channels, strips and chunks`(tier: KernelTier, shape: ConvolutionShape) throws {
        let direct = DirectConvolution(shape)
        var random = SeededGenerator(state: 5)
        let mix = random.floats(shape.outputs * shape.outputs)
        let mixBias = random.floats(shape.outputs)
        let positions = shape.outExtent.positions
        let sums = direct.values.map { $0 > 0 ? $0 : expm1($0) }
        let output = AlignedFloats(undefined: shape.outputs * positions)
        try Self.run(direct, mix: mix, mixBias: mixBias, kernels: try #require(tier.kernels), into: output)
        #expect(output.guardIsIntact)
        let found = output.values
        var worst = 0.0
        for channel in 0..<shape.outputs {
            for position in 0..<positions {
                let expected = (0..<shape.outputs).reduce(Double(mixBias[channel])) {
                    $0 + Double(mix[channel * shape.outputs + $1]) * sums[$1 * positions + position]
                }
                let error = abs(Double(found[channel * positions + position]) - expected)
                worst = error.isNaN ? .infinity : max(worst, error)
            }
        }
        // Outputs have standard deviations of 2 to 30.
        #expect(worst < 2e-3 && worst < 1e-3 * Double(shape.inputs + 1))
    }

    private static func run(
        _ direct: DirectConvolution, mix: [Float], mixBias: [Float], kernels: UnsafePointer<nn_kernels>,
        into output: AlignedFloats
    ) throws {
        let s = direct.shape
        let blocks = (s.inputs + 15) / 16
        let row = (s.width + 4) * 16
        let rows = s.depth * s.height
        var x = [Float](repeating: .nan, count: blocks * rows * row)
        for channel in 0..<s.inputs {
            for line in 0..<rows {
                for column in -2..<s.width + 2 {
                    x[(channel / 16 * rows + line) * row + (column + 2) * 16 + channel % 16] =
                        (0..<s.width).contains(column) ? direct.x[(channel * rows + line) * s.width + column] : 0
                }
            }
        }
        let input = AlignedFloats(x)
        let bias = AlignedFloats(direct.bias + [Float](repeating: 0, count: (s.outputs + 15) / 16 * 16 - s.outputs))
        let pool = try #require(nn_pool_create(3))
        defer { nn_pool_destroy(pool) }
        let tileBlocks = nn_tile_blocks(kernels, nn_output_transition_blocks(Int32(s.outputs)))
        let weights = AlignedFloats(
            undefined: Int(nn_output_transition_packed_count(Int32(blocks), Int32(s.outputs))))
        nn_output_transition_pack(
            pool, Int32(blocks), Int32(s.outputs), tileBlocks,
            (0..<blocks * 16).map { $0 < s.inputs ? Int32($0) : -1 }, direct.weights, Int32(s.inputs),
            [Float](repeating: 1, count: s.outputs), weights.pointer)
        #expect(weights.guardIsIntact)
        let used = (0..<blocks).map { Int32(min(16, s.inputs - $0 * 16)) }
        try used.withUnsafeBufferPointer { used in
            let mix = AlignedFloats(mix)
            let mixBias = AlignedFloats(mixBias)
            var c = nn_output_transition(
                in_blocks: Int32(blocks), in_used: try #require(used.baseAddress), depth: Int32(s.depth),
                height: Int32(s.height), width: Int32(s.width), in_block: Int64(rows * row),
                in_plane: Int64(s.height * row), in_row: Int64(row), channels: Int32(s.outputs),
                tile_blocks: tileBlocks, weights: weights.pointer, bias: bias.pointer, mix: mix.pointer,
                mix_bias: mixBias.pointer)
            let scratch = AlignedFloats(undefined: nn_output_transition_scratch(&c, 3) / 4)
            nn_output_transition_run(kernels, pool, &c, input.pointer + 32, output.pointer, scratch.pointer)
            #expect(scratch.guardIsIntact, "wrote past the scratch memory")
        }
    }
}
