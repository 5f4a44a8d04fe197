import CKernels
import Foundation
import Testing

func expm1Double(_ x: Double) -> Double { expm1(x) }

extension DirectConvolution {
    /// The whole result, `[C][D][H][W]`.
    var values: [Double] {
        (0..<shape.outputs).flatMap { channel in
            (0..<shape.outExtent.positions).map { value(channel: channel, position: $0) }
        }
    }
}

/// The operands of a 5×5×5 convolution as nn_winograd reads them. Whatever it may not read is NaN.
final class WinogradOperands {
    private let shape: ConvolutionShape
    private let tile: [Int32]
    private let kernels: UnsafePointer<nn_kernels>
    private let inBlocks: Int
    private let outBlocks: Int
    private let input: AlignedFloats
    private let bias: AlignedFloats
    private let direct: DirectConvolution
    private var residual: AlignedFloats?
    private var first = NN_ACTIVATION_NONE
    private var second = NN_ACTIVATION_NONE
    /// Columns between rows, which belong to nobody.
    private static let gap = 1

    init(_ direct: DirectConvolution, tile: [Int], kernels: UnsafePointer<nn_kernels>) {
        let s = direct.shape
        shape = s
        self.direct = direct
        self.tile = tile.map { Int32($0) }
        self.kernels = kernels
        inBlocks = (s.inputs + 15) / 16
        outBlocks = (s.outputs + 15) / 16
        input = AlignedFloats(Self.blocked(direct.x, channels: s.inputs, s, padding: 0))
        bias = AlignedFloats(direct.bias + [Float](repeating: 0, count: outBlocks * 16 - s.outputs))
    }

    /// Adds a residual of random values.
    func useResidual(first: nn_activation, second: nn_activation) {
        var random = SeededGenerator(state: 9)
        residualValues = random.floats(shape.outputs * shape.outExtent.positions)
        residual = AlignedFloats(Self.blocked(residualValues, channels: shape.outputs, shape, padding: 0))
        self.first = first
        self.second = second
    }
    private(set) var residualValues: [Float] = []

    /// `[C/16][D][H][W + gap][16]`; lanes beyond the channels hold `padding`, the gap NaN.
    private static func blocked(_ x: [Float], channels: Int, _ s: ConvolutionShape, padding: Float) -> [Float] {
        let rows = s.depth * s.height
        let blocks = (channels + 15) / 16
        var packed = [Float](repeating: .nan, count: blocks * rows * (s.width + gap) * 16)
        for lane in 0..<blocks * 16 {
            for row in 0..<rows {
                for column in 0..<s.width {
                    packed[((lane / 16 * rows + row) * (s.width + gap) + column) * 16 + lane % 16] =
                        lane < channels ? x[(lane * rows + row) * s.width + column] : padding
                }
            }
        }
        return packed
    }

    /// Runs it; the largest difference to `expected` in standard deviations of `expected`, infinite where the result
    /// is not a number or something was written that belongs to nobody.
    func maxError(_ expected: [Double], threads: Int32) throws -> Double {
        let s = shape
        let rows = s.depth * s.height
        let output = AlignedFloats(undefined: outBlocks * rows * (s.width + Self.gap) * 16)
        try run(into: output, threads: threads)
        let found = output.values
        let mean = expected.reduce(0, +) / Double(expected.count)
        let variance = expected.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(expected.count)
        let deviation = expected.count > 1 ? variance.squareRoot() : 1
        var worst = output.guardIsIntact ? 0 : Double.infinity
        for lane in 0..<outBlocks * 16 {
            for row in 0..<rows {
                let start = (lane / 16 * rows + row) * (s.width + Self.gap) * 16 + lane % 16
                for column in 0..<s.width where lane < s.outputs {
                    let error = abs(
                        Double(found[start + column * 16]) - expected[(lane * rows + row) * s.width + column])
                    worst = error.isNaN ? .infinity : max(worst, error / deviation)
                }
                if !found[start + s.width * 16].isNaN { worst = .infinity }
            }
        }
        return worst
    }

    private func run(into output: AlignedFloats, threads: Int32) throws {
        let pool = try #require(nn_pool_create(threads))
        defer { nn_pool_destroy(pool) }
        let tileBlocks = nn_tile_blocks(kernels, Int32(outBlocks))
        let weights = AlignedFloats(
            undefined: Int(nn_winograd_packed_count(Int32(inBlocks), Int32(outBlocks), tile[0], tile[1], tile[2])))
        nn_winograd_pack(
            pool, Int32(inBlocks), Int32(outBlocks), tile[0], tile[1], tile[2], tileBlocks,
            (0..<outBlocks * 16).map { $0 < shape.outputs ? Int32($0) : -1 },
            (0..<inBlocks * 16).map { $0 < shape.inputs ? Int32($0) : -1 }, direct.weights, Int32(shape.inputs),
            [Float](repeating: 1, count: shape.outputs), weights.pointer)
        #expect(weights.guardIsIntact)
        let used = (0..<inBlocks).map { Int32(min(16, shape.inputs - $0 * 16)) }
        let row = Int64(shape.width + Self.gap) * 16
        let plane = row * Int64(shape.height)
        let block = plane * Int64(shape.depth)
        try used.withUnsafeBufferPointer { used in
            var c = nn_winograd(
                in_blocks: Int32(inBlocks), out_blocks: Int32(outBlocks), in_used: try #require(used.baseAddress),
                depth: Int32(shape.depth), height: Int32(shape.height), width: Int32(shape.width), in_block: block,
                in_plane: plane, in_row: row, out_block: block, out_plane: plane, out_row: row, tile_z: tile[0],
                tile_y: tile[1], tile_x: tile[2], tile_blocks: tileBlocks, weights: weights.pointer,
                bias: bias.pointer, first: first, second: second)
            let bytes = nn_winograd_scratch(&c, threads)
            let scratch = AlignedFloats(undefined: bytes / 4)
            nn_winograd_run(
                kernels, pool, &c, input.pointer, output.pointer, residual.map { UnsafePointer($0.pointer) },
                scratch.pointer)
            #expect(scratch.guardIsIntact, "wrote past the scratch memory")
        }
    }
}
