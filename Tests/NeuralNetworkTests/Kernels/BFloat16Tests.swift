import CKernels
import Foundation
import NeuralNetwork
import Testing

/// Every bfloat16 kernel of every tier that has them against its scalar definition, around all tile edges.
@Suite struct `bfloat16 kernels match their scalar definitions` {
    static let tiers = KernelTier.available.filter { $0 != .scalar && $0.bf16 != nil }
    /// Sums in another order; a result next to a tie may be rounded the other way, by 2⁻⁸ of itself.
    static let sums: Float = 2e-5
    static let rounding: Float = 0.008
    /// SILU2 is good to 2.4e-4; of up to 17 that are summed, errors of both signs leave at most 3.8e-4 here.
    static let coarse: Float = 5e-4

    static func close(_ a: [Float], _ b: [Float], _ tolerance: Float) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
    }

    @Test func `rounding is to the nearest, ties to even, and keeps NaN`() {
        for (x, expected) in [(Float(1), Float(1)), (1.00390625, 1), (1.01171875, 1.015625), (-1.004, -1.0078125)] {
            #expect(widened(nn_bf16_rounded(x)) == expected, "\(x)")
        }
        for x: Float in [3e38, -1e-30, 0.3, 12345.678] {
            #expect(abs(widened(nn_bf16_rounded(x)) - x) <= abs(x) * 0x1p-8, "\(x)")
        }
        #expect(widened(nn_bf16_rounded(.nan)).isNaN && widened(nn_bf16_rounded(.infinity)) == .infinity)
    }

    @Test(arguments: tiers) func `products of every tile size`(tier: KernelTier) throws {
        let (kernels, bf16, scalar) = try Self.tables(tier)
        var random = SeededGenerator(state: 16)
        for blocks in 1...kernels.max_tile_blocks {
            let heights = [0, kernels.max_tile_rows.1, kernels.max_tile_rows.2, kernels.max_tile_rows.3]
            for rows in 1...heights[Int(blocks)] {
                let width = 16 * blocks
                let segments = [
                    nn_segment(a: 256, b: 0, k: 16), nn_segment(a: 2, b: UInt32(16 * width), k: 6),
                    nn_segment(a: 0, b: UInt32(32 * width), k: 2),
                ]
                let a = AlignedHalves(random.floats(256 + 16 * Int(rows) + 16))
                let b = AlignedHalves(random.floats(34 * Int(width)))
                let expected = AlignedFloats(undefined: Int(rows * width))
                let found = AlignedFloats(undefined: Int(rows * width))
                scalar.brgemm(rows, blocks, segments, 3, a.pointer, b.pointer, expected.pointer)
                bf16.brgemm(rows, blocks, segments, 3, a.pointer, b.pointer, found.pointer)
                #expect(Self.close(found.values, expected.values, Self.sums), "\(rows) rows, \(blocks) blocks")
                #expect(found.guardIsIntact, "wrote past the end: \(rows) rows, \(blocks) blocks")
            }
        }
    }

    @Test(arguments: tiers, [NN_ACTIVATION_NONE, NN_ACTIVATION_SILU2].map(\.rawValue))
    func `bias, activation and residual`(tier: KernelTier, activation: UInt32) throws {
        let (_, bf16, scalar) = try Self.tables(tier)
        var random = SeededGenerator(state: UInt64(activation))
        for hasResidual in [false, true] {
            let tile = AlignedFloats(random.floats(3 * 32, in: -30...30))
            let bias = AlignedFloats(random.floats(32))
            let residual = AlignedHalves(random.floats(320))
            let outputs = [scalar.epilogue, bf16.epilogue].map { epilogue in
                let output = AlignedHalves([Float](repeating: 7, count: 320))
                var e = nn_epilogue(
                    bias: bias.pointer, residual: hasResidual ? UnsafeRawPointer(residual.pointer) : nil,
                    output: output.pointer, block_stride: 160, column_stride: 32, first: nn_activation(activation),
                    second: NN_ACTIVATION_NONE)
                withExtendedLifetime((bias, residual)) { epilogue(3, 2, tile.pointer, &e) }
                #expect(output.guardIsIntact)
                return output.values
            }
            #expect(Self.close(outputs[1], outputs[0], Self.rounding))
        }
    }

    @Test(arguments: tiers, [(3, 1), (3, 2), (5, 1), (5, 2)].map { [$0.0, $0.1] })
    func `rows of depthwise convolutions of every width`(tier: KernelTier, shape: [Int]) throws {
        let (_, bf16, scalar) = try Self.tables(tier)
        let (kernel, stride) = (shape[0], shape[1])
        var random = SeededGenerator(state: UInt64(kernel * 10 + stride))
        for width in [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 17] {
            let weights = AlignedPairs(undefined: 2 * kernel * (kernel + 1) / 2 * 16)
            nn_pack_bf16_dwconv(Int32(kernel), 2, random.floats(2 * kernel * kernel * 16), weights.pointer)
            #expect(weights.guardIsIntact)
            let bias = AlignedFloats(random.floats(32))
            let input = (0..<kernel).map { _ in AlignedPairs(random, columns: (width - 1) * stride + kernel) }
            let rows = input.map { UnsafePointer($0.pointer) }
            var d = nn_dwconv2d(
                kernel: Int32(kernel), stride: Int32(stride), padding_top: 0, padding_left: 0, in_height: 0,
                in_width: 0, out_height: 0, out_width: Int32(width), blocks: 2, weights: weights.pointer,
                bias: bias.pointer)
            let results = [scalar.dwconv2d, bf16.dwconv2d].map { run in
                let output = AlignedHalves([Float](repeating: .nan, count: width * 16))
                let sum = AlignedFloats([Float](repeating: 0.5, count: 16))
                withExtendedLifetime((input, weights, bias)) { run(&d, 1, rows, output.pointer, sum.pointer) }
                #expect(output.guardIsIntact && sum.guardIsIntact, "wrote past the end: width \(width)")
                return (output.values, sum.values)
            }
            #expect(Self.close(results[1].0, results[0].0, Self.rounding), "width \(width)")
            #expect(Self.close(results[1].1, results[0].1, Self.coarse), "width \(width)")
        }
    }

    /// The first column of `output` is what stands before; `rows` columns of two blocks follow.
    @Test(arguments: tiers, [1, 2, 3, 9]) func `activations in pairs of columns`(tier: KernelTier, rows: Int) throws {
        let (_, bf16, scalar) = try Self.tables(tier)
        var random = SeededGenerator(state: UInt64(rows))
        let tile = AlignedFloats(random.floats(rows * 32, in: -30...30))
        let bias = AlignedFloats(random.floats(32))
        let columns = (rows + 1) * 16
        let before = AlignedPairs(random, columns: 2 * (rows + 1))
        let outputs = [scalar.epilogue_pairs, bf16.epilogue_pairs].map { epilogue in
            let output = AlignedPairs(copying: before)
            var e = nn_epilogue(
                bias: bias.pointer, residual: nil, output: output.pointer + 16, block_stride: Int64(columns),
                column_stride: 16, first: NN_ACTIVATION_SILU2, second: NN_ACTIVATION_NONE)
            withExtendedLifetime(bias) { epilogue(Int32(rows), 2, tile.pointer, &e) }
            #expect(output.guardIsIntact)
            for block in 0..<2 {
                #expect(
                    (0..<16).allSatisfy { output.pointer[block * columns + $0] == before.pointer[block * columns + $0] }
                )
            }
            return output.values
        }
        #expect(Self.close(outputs[1], outputs[0], Self.rounding))
    }

    /// A table of 16 pieces: each is looked up, at its ends too.
    @Test(arguments: tiers) func `SiLU from the table is near SiLU everywhere`(tier: KernelTier) throws {
        let (_, bf16, _) = try Self.tables(tier)
        let values = (-3200...3200).map { Float($0) / 100 } + [-1e30, 1e30, 0, -0.0, .nan]
        let count = (values.count + 15) / 16
        let tile = AlignedFloats(values + [Float](repeating: 0, count: count * 16 - values.count))
        let bias = AlignedFloats([Float](repeating: 0, count: 16))
        let output = AlignedHalves([Float](repeating: 7, count: count * 16))
        var e = nn_epilogue(
            bias: bias.pointer, residual: nil, output: output.pointer, block_stride: 0, column_stride: 16,
            first: NN_ACTIVATION_SILU2, second: NN_ACTIVATION_NONE)
        withExtendedLifetime(bias) { bf16.epilogue(Int32(count), 1, tile.pointer, &e) }
        for (t, found) in zip(values, output.values) where t.isFinite {
            let expected = Double(t) / (1 + exp2(Double(t)))
            let tolerance = abs(t) < 13 ? 2.5e-4 : 1.6e-3
            #expect(abs(Double(found) - expected) <= tolerance + abs(expected) * 0x1p-8, "\(t): \(found)")
        }
        #expect(output.values[values.count - 1].isNaN)
    }

    @Test(arguments: tiers) func `factors of rows and lanes, and pairs of columns`(tier: KernelTier) throws {
        let (_, bf16, scalar) = try Self.tables(tier)
        var random = SeededGenerator(state: 3)
        let values = random.floats(6 * 48)
        let scale = AlignedFloats(random.floats(16))
        let results = [scalar, bf16].map { table in
            let input = AlignedHalves(values)
            let rows = AlignedHalves([Float](repeating: .nan, count: 6 * 48))
            let pairs = AlignedPairs(SeededGenerator(state: 4), columns: 19)
            table.scale_rows(6, 3, scale.pointer, input.pointer, rows.pointer)
            table.scale_lanes(18, scale.pointer, input.pointer)
            table.pair_columns(18, input.pointer, pairs.pointer + 16)
            #expect(rows.guardIsIntact && input.guardIsIntact && pairs.guardIsIntact)
            return rows.values + pairs.values
        }
        #expect(results[0] == results[1])
    }

    private static func tables(_ tier: KernelTier) throws -> (nn_kernels, nn_bf16_kernels, nn_bf16_kernels) {
        (
            try #require(tier.kernels).pointee, try #require(tier.bf16).pointee,
            try #require(KernelTier.scalar.bf16).pointee
        )
    }
}

private func widened(_ half: UInt16) -> Float { Float(bitPattern: UInt32(half) << 16) }

/// bfloat16 values at a 64-byte boundary with guard values behind them.
private final class AlignedHalves {
    private static let guardValue: UInt16 = 0x7fc1
    let pointer: UnsafeMutablePointer<UInt16>
    let count: Int

    init(_ values: [Float]) {
        count = values.count
        pointer = UnsafeMutableRawPointer.allocate(byteCount: (count + 32) * 2, alignment: 64)
            .bindMemory(to: UInt16.self, capacity: count + 32)
        for (index, value) in values.enumerated() { pointer[index] = nn_bf16_rounded(value) }
        for index in count..<count + 32 { pointer[index] = Self.guardValue }
    }

    deinit { pointer.deallocate() }

    var values: [Float] { (0..<count).map { widened(pointer[$0]) } }
    var guardIsIntact: Bool { (count..<count + 32).allSatisfy { pointer[$0] == Self.guardValue } }
}

/// Pairs of neighbouring columns at a 64-byte boundary with guard values behind them.
private final class AlignedPairs {
    private static let guardValue: nn_bf16_pair = 0x7fc1_7fc1
    let pointer: UnsafeMutablePointer<nn_bf16_pair>
    private let count: Int

    init(undefined count: Int) {
        self.count = count
        pointer = UnsafeMutableRawPointer.allocate(byteCount: (count + 16) * 4, alignment: 64)
            .bindMemory(to: nn_bf16_pair.self, capacity: count + 16)
        for index in count..<count + 16 { pointer[index] = Self.guardValue }
    }

    /// Random columns of 16 lanes; the low halves of the first are no neighbours of anything and must not matter.
    convenience init(_ random: SeededGenerator, columns: Int) {
        var random = random
        self.init(undefined: columns * 16)
        let values = random.floats(columns * 16).map { nn_bf16_pair(nn_bf16_rounded($0)) }
        for index in 0..<count { pointer[index] = values[index] << 16 | (index < 16 ? 0x7fc0 : values[index - 16]) }
    }

    convenience init(copying other: AlignedPairs) {
        self.init(undefined: other.count)
        pointer.update(from: other.pointer, count: count)
    }

    deinit { pointer.deallocate() }

    /// Low and high halves, but for the low ones of the first column.
    var values: [Float] {
        (0..<count).flatMap {
            [$0 < 16 ? 0 : widened(UInt16(pointer[$0] & 0xffff)), widened(UInt16(pointer[$0] >> 16))]
        }
    }
    var guardIsIntact: Bool { (count..<count + 16).allSatisfy { pointer[$0] == Self.guardValue } }
}
