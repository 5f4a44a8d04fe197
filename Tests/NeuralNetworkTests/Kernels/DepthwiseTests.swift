import CKernels
import Foundation
import NeuralNetwork
import Testing

/// Expansion and depthwise convolution through the ring of rows against direct sums in double precision.
@Suite struct `Expanded depthwise convolutions are exact on any shape` {
    /// Maps smaller than the filter, rows that tiles go over, chunks that one thread does not share, and maps that are
    /// higher than the ring (50 rows of 40 columns).
    static let shapes = [
        DepthwiseShape(inputs: nil, channels: 5, kernel: 3, height: 1, width: 1),
        DepthwiseShape(inputs: nil, channels: 40, kernel: 5, stride: 2, height: 9, width: 14),
        DepthwiseShape(inputs: 3, channels: 18, kernel: 3, height: 7, width: 12),
        DepthwiseShape(inputs: 24, channels: 144, kernel: 5, height: 12, width: 12),
        DepthwiseShape(inputs: 17, channels: 65, kernel: 3, stride: 2, height: 11, width: 10),
        DepthwiseShape(inputs: 2, channels: 33, kernel: 5, stride: 2, height: 3, width: 2),
        DepthwiseShape(inputs: 2, channels: 33, kernel: 5, height: 50, width: 36),
        DepthwiseShape(inputs: 2, channels: 33, kernel: 3, stride: 2, height: 51, width: 37),
    ]

    @Test(arguments: KernelTier.available, shapes)
    func `outputs and sums`(tier: KernelTier, shape: DepthwiseShape) throws {
        try Self.check(DepthwiseOperands(shape), tier: tier)
    }

    @Test(
        arguments: KernelTier.paired,
        [
            DepthwiseShape(inputs: 32, channels: 65, kernel: 3, stride: 2, height: 11, width: 10),
            DepthwiseShape(inputs: 90, channels: 144, kernel: 5, height: 13, width: 12),
        ])
    func `with paired blocks of input channels`(tier: KernelTier, shape: DepthwiseShape) throws {
        try Self.check(DepthwiseOperands(shape, inPairs: true), tier: tier)
    }

    /// Operands and expanded values are rounded to 8 bits; a wrong tap or border is off by
    /// wholes.
    @Test(arguments: KernelTier.available.filter { $0.bf16 != nil }, shapes)
    func `in bfloat16`(tier: KernelTier, shape: DepthwiseShape) throws {
        try Self.check(DepthwiseOperands(shape, precision: .bfloat16), tier: tier, tolerance: 0.12)
    }

    private static func check(_ operands: DepthwiseOperands, tier: KernelTier, tolerance: Double = 2e-5) throws {
        let shape = operands.shape
        let expected = operands.direct
        for threads in [Int32(1), 2, 5] {
            let (output, sums) = try operands.run(tier: tier, threads: threads)
            #expect(sums.guardIsIntact, "wrote past the end")
            let worst = zip(expected.output, output).map { abs($0 - Double($1)) }.max() ?? .infinity
            let total = (0..<operands.lanes).map { lane in
                stride(from: lane, to: sums.count, by: operands.lanes).reduce(0.0) { $0 + Double(sums.values[$1]) }
            }
            let worstMean =
                zip(expected.sums, total).map { abs($0 - $1) / Double(shape.outPositions) }.max() ?? .infinity
            #expect(worst < tolerance && worstMean < tolerance, "\(threads) threads")
        }
    }
}

struct DepthwiseShape: CustomTestStringConvertible {
    let inputs: Int?
    let channels: Int, kernel: Int
    var stride = 1
    let height: Int, width: Int

    var outHeight: Int { (height + stride - 1) / stride }
    var outWidth: Int { (width + stride - 1) / stride }
    var outPositions: Int { outHeight * outWidth }
    var testDescription: String {
        "\(inputs.map { "\($0)→" } ?? "")\(channels) k\(kernel) s\(stride) on \(height)×\(width)"
    }

    /// Rows above and columns left that the filter reaches over the map ("same" padding).
    func padding(_ extent: Int) -> Int {
        max((extent + stride - 1) / stride * stride - stride + kernel - extent, 0) / 2
    }
}

/// Random operands, the definition of the result, and the operands as the kernels read them.
private struct DepthwiseOperands {
    let shape: DepthwiseShape
    private let x: [Float]  // [position][input]
    private let expand: [Float]  // [channel][input]
    private let expandBias: [Float]
    private let filter: [Float]  // [channel][tap]
    private let bias: [Float]

    /// Pairs of input blocks.
    private let pairs: Int
    private let precision: Precision

    init(_ shape: DepthwiseShape, inPairs: Bool = false, precision: Precision = .float32) {
        var random = SeededGenerator(state: UInt64(shape.channels * 100 + shape.height))
        self.shape = shape
        self.precision = precision
        let inputs = shape.inputs ?? shape.channels
        pairs = inPairs ? inputs / 32 : 0
        x = random.floats(shape.height * shape.width * inputs)
        expand = random.floats(shape.channels * inputs)
        expandBias = random.floats(shape.channels)
        filter = random.floats(shape.channels * shape.kernel * shape.kernel)
        bias = random.floats(shape.channels)
    }

    private var inputs: Int { shape.inputs ?? shape.channels }
    private var blocks: Int { (shape.channels + 15) / 16 }
    var lanes: Int { blocks * 16 }

    /// Blocked as the kernels' output is, with zeros in lanes beyond the channels.
    var direct: (output: [Double], sums: [Double]) {
        let s = shape
        func silu(_ x: Double) -> Double { x / (1 + exp2(x)) }
        var output = [Double](repeating: 0, count: lanes * s.outPositions)
        var sums = [Double](repeating: 0, count: lanes)
        for channel in 0..<s.channels {
            let map = (0..<s.height * s.width).map { position -> Double in
                guard s.inputs != nil else { return Double(x[position * inputs + channel]) }
                return silu(
                    (0..<inputs).reduce(Double(expandBias[channel])) {
                        $0 + Double(x[position * inputs + $1]) * Double(expand[channel * inputs + $1])
                    })
            }
            for position in 0..<s.outPositions {
                let top = position / s.outWidth * s.stride - s.padding(s.height)
                let left = position % s.outWidth * s.stride - s.padding(s.width)
                var sum = Double(bias[channel])
                for tap in 0..<s.kernel * s.kernel {
                    let (y, column) = (top + tap / s.kernel, left + tap % s.kernel)
                    guard (0..<s.height).contains(y), (0..<s.width).contains(column) else { continue }
                    sum += map[y * s.width + column] * Double(filter[channel * s.kernel * s.kernel + tap])
                }
                output[(channel / 16 * s.outPositions + position) * 16 + channel % 16] = silu(sum)
                sums[channel] += silu(sum)
            }
        }
        return (output, sums)
    }

    func run(tier: KernelTier, threads: Int32) throws -> (output: [Float], sums: AlignedFloats) {
        let kernels = try #require(tier.kernels)
        let pool = try #require(nn_pool_create(threads))
        defer { nn_pool_destroy(pool) }
        let expandBias = AlignedFloats(padded(expandBias))
        let weights = packedExpansion(kernels, bias: expandBias)
        let (filter, bias, input) = (packedFilter, AlignedFloats(padded(bias)), packedInput)
        let used = (0..<(inputs + 15) / 16).map { Int32(min(16, inputs - $0 * 16)) }
        let output = operand([Float](repeating: .nan, count: lanes * shape.outPositions))
        return used.withUnsafeBufferPointer { used in
            var d = nn_depthwise()
            d.type = precision == .bfloat16 ? NN_BF16 : NN_F32
            d.bf16 = precision == .bfloat16 ? tier.bf16 : nil
            if shape.inputs != nil {
                d.expand = nn_expansion(
                    in_blocks: Int32(used.count), tile_blocks: nn_tile_blocks(kernels, Int32(blocks)),
                    pairs: Int32(pairs), in_block: Int64(shape.height * shape.width * 16), in_used: used.baseAddress,
                    weights: UnsafeRawPointer(weights.address), bias: UnsafePointer(expandBias.pointer))
            }
            d.filter = nn_dwconv2d(
                kernel: Int32(shape.kernel), stride: Int32(shape.stride),
                padding_top: Int32(shape.padding(shape.height)),
                padding_left: Int32(shape.padding(shape.width)), in_height: Int32(shape.height),
                in_width: Int32(shape.width), out_height: Int32(shape.outHeight), out_width: Int32(shape.outWidth),
                blocks: Int32(blocks), weights: filter.address, bias: bias.pointer)
            let sums = AlignedFloats(undefined: Int(nn_depthwise_strips(&d, threads)) * lanes)
            let stride = (nn_depthwise_scratch(&d) + 63) / 64 * 64
            let scratch = AlignedFloats(
                undefined: stride / 4 * Int(threads) + nn_depthwise_shared_scratch(&d) / 4)
            withExtendedLifetime((weights, expandBias, filter, bias)) {
                nn_depthwise_run(
                    kernels, pool, &d, input.address, output.address, sums.pointer, scratch.pointer, stride)
            }
            #expect(scratch.guardIsIntact && input.guardIsIntact && output.guardIsIntact, "wrote past the end")
            return (output.values, sums)
        }
    }

    private func padded(_ values: [Float]) -> [Float] {
        values + [Float](repeating: 0, count: lanes - values.count)
    }

    /// In the precision of the test.
    private func operand(_ values: [Float]) -> any AlignedOperand {
        precision == .bfloat16 ? AlignedHalves(values) : AlignedFloats(values)
    }

    /// Lanes beyond the channels hold NaN where an expansion must not read them; one more is read in bfloat16.
    private var packedInput: any AlignedOperand {
        let positions = shape.height * shape.width
        let padding: Float = shape.inputs == nil || precision == .bfloat16 ? 0 : .nan
        var packed = [Float](repeating: padding, count: (inputs + 15) / 16 * 16 * positions)
        for position in 0..<positions {
            for input in 0..<inputs {
                packed[(input / 16 * positions + position) * 16 + input % 16] = x[position * inputs + input]
            }
        }
        return operand(packed)
    }

    private var packedFilter: any AlignedOperand {
        let taps = shape.kernel * shape.kernel
        var packed = [Float](repeating: 0, count: lanes * taps)
        for channel in 0..<shape.channels {
            for tap in 0..<taps {
                packed[(channel / 16 * taps + tap) * 16 + channel % 16] = filter[channel * taps + tap]
            }
        }
        guard precision == .bfloat16 else { return AlignedFloats(packed) }
        let paired = AlignedPairs(undefined: blocks * shape.kernel * (shape.kernel + 1) * 16)
        nn_pack_bf16_dwconv(Int32(shape.kernel), Int32(blocks), packed, paired.pointer)
        return paired
    }

    /// - Parameter bias: has the sums of the pairs taken off.
    private func packedExpansion(_ kernels: UnsafePointer<nn_kernels>, bias: AlignedFloats) -> any AlignedOperand {
        let inBlocks = Int32((inputs + 15) / 16)
        let tileBlocks = nn_tile_blocks(kernels, Int32(blocks))
        let packed = AlignedFloats(undefined: Int(nn_packed_count(inBlocks, 16, 1, Int32(blocks))))
        nn_pack_convolution(
            inBlocks, 16, 1, Int32(blocks), tileBlocks, (0..<lanes).map { $0 < shape.channels ? Int32($0) : -1 },
            (0..<inBlocks * 16).map { $0 < inputs ? $0 : -1 }, expand, Int64(inputs), 1, 1,
            [Float](repeating: 1, count: shape.channels), packed.pointer)
        if precision == .bfloat16 {
            let halves = AlignedHalves([Float](repeating: .nan, count: packed.count))
            nn_pack_bf16(inBlocks, 1, Int32(blocks), tileBlocks, packed.pointer, halves.pointer)
            return halves
        }
        guard pairs > 0 else { return packed }
        var sums = [Float](repeating: 0, count: lanes)
        nn_pack_pairs(inBlocks, Int32(pairs), Int32(blocks), tileBlocks, packed.pointer, &sums)
        for (lane, sum) in sums.enumerated() { bias.pointer[lane] -= sum }
        return packed
    }
}
