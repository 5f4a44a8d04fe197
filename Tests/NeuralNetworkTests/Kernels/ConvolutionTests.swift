import CKernels
import Foundation
import NeuralNetwork
import Testing

/// Whole convolutions over a pool against a direct sum in double precision.
@Suite struct `Convolutions are exact on any shape` {
    static let shapes = [
        ConvolutionShape(),
        ConvolutionShape(inputs: 16, outputs: 16),
        ConvolutionShape(inputs: 17, outputs: 33),
        ConvolutionShape(inputs: 3, outputs: 48),
        ConvolutionShape(inputs: 20, outputs: 80, kernel: 1),
        ConvolutionShape(inputs: 8, outputs: 8, kernel: 5, depth: 4, height: 5, width: 3),
        ConvolutionShape(inputs: 4, outputs: 20, kernel: 2, stride: 2, depth: 4, height: 6, width: 30),
        ConvolutionShape(inputs: 1, outputs: 1, kernel: 5, height: 1, width: 1),
        ConvolutionShape(inputs: 16, outputs: 112, height: 2, width: 45),
    ]
    /// Float sums of up to 1,000 products of at most 1.
    static let tolerance = 2e-5

    @Test(arguments: KernelTier.available, shapes)
    func `blocked input`(tier: KernelTier, shape: ConvolutionShape) throws {
        try Self.check(DirectConvolution(shape), lanes: 16, tier: tier)
    }

    @Test(arguments: KernelTier.available, shapes)
    func `planar input`(tier: KernelTier, shape: ConvolutionShape) throws {
        try Self.check(DirectConvolution(shape), lanes: 1, tier: tier)
    }

    /// Few positions scale the input, many the weights.
    @Test(arguments: KernelTier.available, [(1, 3), (4, 5), (5, 30), (20, 33)].map { [$0.0, $0.1] })
    func `factors of the input lanes`(tier: KernelTier, extent: [Int]) throws {
        let shape = ConvolutionShape(inputs: 37, outputs: 40, kernel: 1, height: extent[0], width: extent[1])
        var random = SeededGenerator(state: 7)
        let factors = random.floats(48, in: 0...2)
        try Self.check(DirectConvolution(shape), lanes: 16, tier: tier, factors: factors)
    }

    /// One row of positions around the edges of tiles and tasks, panels of every width, input blocks left over.
    @Test(
        arguments: KernelTier.paired,
        [(37, 40, 5), (64, 16, 1), (91, 56, 75), (128, 112, 150)].map { [$0.0, $0.1, $0.2] })
    func `paired blocks of input channels`(tier: KernelTier, extent: [Int]) throws {
        let shape = ConvolutionShape(inputs: extent[0], outputs: extent[1], kernel: 1, height: 1, width: extent[2])
        try Self.check(DirectConvolution(shape), lanes: 16, tier: tier, inPairs: true)
        var random = SeededGenerator(state: 7)
        let factors = random.floats((extent[0] + 15) / 16 * 16, in: 0...2)
        try Self.check(DirectConvolution(shape), lanes: 16, tier: tier, factors: factors, inPairs: true)
    }

    private static func check(
        _ operands: DirectConvolution, lanes: Int, tier: KernelTier, factors: [Float]? = nil, inPairs: Bool = false
    ) throws {
        let direct = factors.map(operands.scaled) ?? operands
        let s = direct.shape
        let out = s.outExtent
        let packed = PackedOperands(operands, lanes: lanes, kernels: try #require(tier.kernels), inPairs: inPairs)
        let output = AlignedFloats(undefined: packed.outBlocks * 16 * out.positions)
        try packed.run(into: output, factors: factors)
        #expect(output.guardIsIntact && packed.weights.guardIsIntact)
        let found = output.values
        var worst = 0.0
        for channel in 0..<packed.outBlocks * 16 {
            for position in 0..<out.positions {
                let at = (channel / 16 * out.positions + position) * 16 + channel % 16
                let error = abs(Double(found[at]) - direct.value(channel: channel, position: position))
                worst = error.isNaN ? .infinity : max(worst, error)
            }
        }
        #expect(worst < tolerance)
    }
}

/// A convolution with the padding that keeps its size, or none where it has a stride. Depth 1 is an image
/// unless said otherwise.
struct ConvolutionShape: CustomTestStringConvertible {
    struct Extent {
        let depth: Int, height: Int, width: Int
        var positions: Int { depth * height * width }
    }

    var inputs = 5, outputs = 7, kernel = 3, stride = 1, depth = 1, height = 6, width = 9
    var isImage: Bool?

    var kernelZ: Int { isImage ?? (depth == 1) ? 1 : kernel }
    var padding: Int { stride == 1 ? kernel / 2 : 0 }
    var paddingZ: Int { stride == 1 ? kernelZ / 2 : 0 }
    var taps: Int { kernelZ * kernel * kernel }
    var outExtent: Extent {
        Extent(
            depth: (depth + 2 * paddingZ - kernelZ) / stride + 1,
            height: (height + 2 * padding - kernel) / stride + 1, width: (width + 2 * padding - kernel) / stride + 1)
    }
    var testDescription: String { "\(inputs)→\(outputs) k\(kernel) s\(stride) on \(depth)×\(height)×\(width)" }
}

/// Random operands and the definition of the result.
struct DirectConvolution {
    let shape: ConvolutionShape
    private(set) var x: [Float]
    let weights: [Float]
    let bias: [Float]

    init(_ shape: ConvolutionShape) {
        var random = SeededGenerator(state: UInt64(shape.inputs * 1000 + shape.outputs))
        self.shape = shape
        x = random.floats(shape.inputs * shape.depth * shape.height * shape.width)
        weights = random.floats(shape.outputs * shape.inputs * shape.taps)
        bias = random.floats(shape.outputs)
    }

    /// The same with every input channel multiplied by its factor.
    func scaled(by factors: [Float]) -> DirectConvolution {
        var scaled = self
        let positions = shape.depth * shape.height * shape.width
        for index in x.indices { scaled.x[index] *= factors[index / positions] }
        return scaled
    }

    /// The same with input that changes slowly about 2 in every channel, as images do.
    var smooth: DirectConvolution {
        var smooth = self
        let s = shape
        for index in x.indices {
            let (row, column) = (index / s.width, index % s.width)
            let phase = Float(row / s.height % s.depth) / 9 + Float(row % s.height) / 7 + Float(column) / 11
            smooth.x[index] = 2 + sin(phase + Float(row / s.height / s.depth))
        }
        return smooth
    }

    /// Zero in lanes beyond the last channel.
    func value(channel: Int, position: Int) -> Double {
        let s = shape
        let out = s.outExtent
        guard channel < s.outputs else { return 0 }
        let z = position / (out.height * out.width) * s.stride - s.paddingZ
        let y = position / out.width % out.height * s.stride - s.padding
        let column = position % out.width * s.stride - s.padding
        var sum = Double(bias[channel])
        for tap in 0..<s.taps {
            let (iz, iy, ix) = (
                z + tap / (s.kernel * s.kernel), y + tap / s.kernel % s.kernel, column + tap % s.kernel
            )
            guard (0..<s.depth).contains(iz), (0..<s.height).contains(iy), (0..<s.width).contains(ix) else { continue }
            for input in 0..<s.inputs {
                sum +=
                    Double(x[((input * s.depth + iz) * s.height + iy) * s.width + ix])
                    * Double(weights[(channel * s.inputs + input) * s.taps + tap])
            }
        }
        return sum
    }
}

/// The operands as the kernels read them, with 16 lanes (blocked) or one (planar).
private struct PackedOperands {
    let shape: ConvolutionShape
    let kernels: UnsafePointer<nn_kernels>
    let lanes: Int
    let inBlocks: Int
    let outBlocks: Int
    let tileBlocks: Int32
    let pairs: Int32
    let input: AlignedFloats
    let weights: AlignedFloats
    let bias: AlignedFloats

    init(_ direct: DirectConvolution, lanes: Int, kernels: UnsafePointer<nn_kernels>, inPairs: Bool) {
        let s = direct.shape
        shape = s
        self.kernels = kernels
        self.lanes = lanes
        inBlocks = (s.inputs + lanes - 1) / lanes
        outBlocks = (s.outputs + 15) / 16
        tileBlocks = nn_tile_blocks(kernels, Int32(outBlocks))
        input = Self.pack(direct.x, s, lanes: lanes, blocks: inBlocks)
        bias = AlignedFloats(direct.bias + [Float](repeating: 0, count: outBlocks * 16 - s.outputs))
        weights = AlignedFloats(
            undefined: Int(nn_packed_count(Int32(inBlocks), Int32(lanes), Int32(s.taps), Int32(outBlocks))))
        nn_pack_convolution(
            Int32(inBlocks), Int32(lanes), Int32(s.taps), Int32(outBlocks), tileBlocks,
            (0..<outBlocks * 16).map { $0 < s.outputs ? Int32($0) : -1 },
            (0..<inBlocks * lanes).map { $0 < s.inputs ? Int32($0) : -1 }, direct.weights, Int64(s.inputs * s.taps),
            Int64(s.taps), 1, [Float](repeating: 1, count: s.outputs), weights.pointer)
        pairs = inPairs ? Int32(s.inputs / 32) : 0
        guard inPairs else { return }
        var sums = [Float](repeating: 0, count: outBlocks * 16)
        nn_pack_pairs(Int32(inBlocks), pairs, Int32(outBlocks), tileBlocks, weights.pointer, &sums)
        for (lane, sum) in sums.enumerated() { bias.pointer[lane] -= sum }
    }

    /// Rows with their zero columns; lanes beyond the channels hold NaN, for nothing may read them.
    private static func pack(_ x: [Float], _ s: ConvolutionShape, lanes: Int, blocks: Int) -> AlignedFloats {
        let rows = s.depth * s.height
        let rowColumns = s.width + 2 * s.padding
        var packed = [Float](repeating: .nan, count: blocks * rows * rowColumns * lanes)
        for channel in 0..<s.inputs {
            for row in 0..<rows {
                for column in 0..<rowColumns {
                    let at = ((channel / lanes * rows + row) * rowColumns + column) * lanes + channel % lanes
                    let inside = column - s.padding
                    packed[at] = (0..<s.width).contains(inside) ? x[(channel * rows + row) * s.width + inside] : 0
                }
            }
        }
        return AlignedFloats(packed)
    }

    func run(into output: AlignedFloats, factors: [Float]? = nil) throws {
        let pool = try #require(nn_pool_create(3))
        defer { nn_pool_destroy(pool) }
        let used = (0..<inBlocks).map { Int32(min(lanes, shape.inputs - $0 * lanes)) }
        try used.withUnsafeBufferPointer { used in
            var c = description(used: try #require(used.baseAddress))
            let stride = (nn_convolution_scratch(&c, factors != nil) + 63) / 64 * 64
            let scratch = UnsafeMutableRawPointer.allocate(
                byteCount: stride * 3 + nn_convolution_shared_scratch(&c), alignment: 64)
            defer { scratch.deallocate() }
            let first = input.pointer + shape.padding * lanes
            if let factors {
                nn_convolution_run_scaled(
                    kernels, pool, &c, first, output.pointer, nil, factors, scratch, stride)
            } else {
                nn_convolution_run(kernels, pool, &c, first, output.pointer, nil, scratch, stride)
            }
        }
    }

    private func description(used: UnsafePointer<Int32>) -> nn_convolution {
        let (s, out) = (shape, shape.outExtent)
        let row = (s.width + 2 * s.padding) * lanes
        return nn_convolution(
            bf16: nil, in_type: NN_F32, out_type: NN_F32, in_blocks: Int32(inBlocks), in_lanes: Int32(lanes),
            in_used: used,
            in_block: Int64(s.depth * s.height * row), in_plane: Int64(s.height * row), in_row: Int64(row),
            in_column: Int32(lanes), in_depth: Int32(s.depth), in_height: Int32(s.height), kernel_z: Int32(s.kernelZ),
            kernel_y: Int32(s.kernel), kernel_x: Int32(s.kernel), stride: Int32(s.stride),
            padding_z: Int32(s.paddingZ), padding_y: Int32(s.padding), padding_x: Int32(s.padding),
            out_blocks: Int32(outBlocks), out_depth: Int32(out.depth), out_height: Int32(out.height),
            out_width: Int32(out.width), out_block: Int64(out.positions * 16),
            out_plane: Int64(out.height * out.width * 16), out_row: Int64(out.width * 16), out_column: 16,
            tile_blocks: tileBlocks, pairs: pairs, weights: weights.pointer, bias: bias.pointer,
            first: NN_ACTIVATION_NONE,
            second: NN_ACTIVATION_NONE)
    }
}
