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
    /// SILU2 is good to 1.4e-3; of up to 34 that are summed, errors of both signs remain.
    static let coarse: Float = 4e-3

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
                for hasResidual in [false, true] {
                    let bias = AlignedFloats(random.floats(Int(width)))
                    let residual = AlignedHalves(random.floats(Int(rows * width)))
                    let outputs = [scalar.project, bf16.project].map { project in
                        let output = AlignedHalves([Float](repeating: .nan, count: Int(rows * width)))
                        var e = nn_epilogue(
                            bias: bias.pointer, residual: hasResidual ? UnsafeRawPointer(residual.pointer) : nil,
                            output: output.pointer, block_stride: Int64(rows) * 16, column_stride: 16,
                            first: NN_ACTIVATION_NONE, second: NN_ACTIVATION_NONE)
                        withExtendedLifetime((bias, residual)) {
                            project(rows, blocks, segments, 3, a.pointer, b.pointer, &e)
                        }
                        #expect(output.guardIsIntact, "wrote past the end: \(rows) rows, \(blocks) blocks")
                        return output.values
                    }
                    #expect(Self.close(outputs[1], outputs[0], Self.rounding), "\(rows) rows, \(blocks) blocks")
                }
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

    /// Kernel, stride and columns of zeros left of the map.
    static let filters = [(3, 1, 0), (3, 1, 1), (3, 2, 0), (3, 2, 1), (5, 1, 2), (5, 1, 3), (5, 2, 0), (5, 2, 1)]
        .map { [$0.0, $0.1, $0.2] }

    @Test(arguments: tiers, filters)
    func `rows of depthwise convolutions of every width, from either column of a pair on`(
        tier: KernelTier, filter: [Int]
    ) throws {
        let (_, bf16, scalar) = try Self.tables(tier)
        let (kernel, stride, paddingLeft) = (filter[0], filter[1], filter[2])
        var random = SeededGenerator(state: UInt64(kernel * 10 + stride))
        for width in [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 17] {
            let weights = AlignedPairs(undefined: 2 * kernel * (kernel + 1) * 16)
            nn_pack_bf16_dwconv(Int32(kernel), 2, random.floats(2 * kernel * kernel * 16), weights.pointer)
            #expect(weights.guardIsIntact)
            let bias = AlignedFloats(random.floats(32))
            let pairs = ((width - 1) * stride + paddingLeft % 2) / 2 + (kernel + 1) / 2
            let count = Int32(width % 3 + 1)  // output rows
            let input = (0..<Int(count - 1) * stride + kernel).map { _ in AlignedPairs(&random, count: pairs * 16) }
            let rows = input.map { UnsafePointer($0.pointer) }
            var d = nn_dwconv2d(
                kernel: Int32(kernel), stride: Int32(stride), padding_top: 0, padding_left: Int32(paddingLeft),
                in_height: 0, in_width: 0, out_height: 0, out_width: Int32(width), blocks: 2,
                weights: weights.pointer, bias: bias.pointer)
            let results = [scalar.dwconv2d, bf16.dwconv2d].map { run in
                let output = AlignedHalves([Float](repeating: .nan, count: Int(count) * width * 16))
                let sum = AlignedFloats([Float](repeating: 0.5, count: 16))
                withExtendedLifetime((input, weights, bias)) {
                    run(&d, 1, count, rows, output.pointer, sum.pointer)
                }
                #expect(output.guardIsIntact && sum.guardIsIntact, "wrote past the end: width \(width)")
                return (output.values, sum.values)
            }
            #expect(Self.close(results[1].0, results[0].0, Self.rounding), "width \(width)")
            #expect(Self.close(results[1].1, results[0].1, Self.coarse), "width \(width)")
        }
    }

    /// The weights of both positions in a pair are the same taps.
    @Test(arguments: [3, 5]) func `packed taps of either column of a pair`(kernel: Int) {
        let taps = (0..<kernel * kernel * 16).map { Float($0 % 97) }
        let weights = AlignedPairs(undefined: kernel * (kernel + 1) * 16)
        nn_pack_bf16_dwconv(Int32(kernel), 1, taps, weights.pointer)
        let steps = (kernel + 1) / 2
        for odd in 0..<2 {
            for row in 0..<kernel {
                for column in 0..<2 * steps {
                    let pair = weights.pointer[((odd * kernel + row) * steps + column / 2) * 16 + 3]
                    let tap = column - odd
                    let expected = (0..<kernel).contains(tap) ? taps[(row * kernel + tap) * 16 + 3] : 0
                    #expect(widened(UInt16(truncatingIfNeeded: column % 2 == 0 ? pair : pair >> 16)) == expected)
                }
            }
        }
    }

    /// A tile beside another, which has more pairs than there are products in the first case and fewer in the second.
    @Test(arguments: tiers, [2, 22] as [UInt32])
    func `an expansion's products, and the activation of the tile before`(tier: KernelTier, k: UInt32) throws {
        let (_, bf16, scalar) = try Self.tables(tier)
        var random = SeededGenerator(state: UInt64(k))
        for blocks in Int32(1)...3 {
            for rows in 1...Int32(NN_EXPAND_ROWS) {
                let width = 16 * Int(blocks)
                let segments = [
                    nn_segment(a: 256, b: 0, k: min(k, 16)), nn_segment(a: 0, b: UInt32(16 * width), k: k - min(k, 16)),
                ]
                let a = AlignedHalves(random.floats(256 + 16 * Int(rows) + 16))
                let b = AlignedHalves(random.floats(32 * width))
                let bias = AlignedFloats(random.floats(width))
                let pairs = (rows + 1) / 2
                let before = AlignedFloats(random.floats(Int(pairs) * 32 * Int(blocks), in: -30...30))
                let stride = Int(pairs + 1) * 16
                let results = [scalar.expand, bf16.expand].map { expand in
                    let tile = AlignedFloats([Float](repeating: 7, count: Int(pairs) * 32 * Int(blocks)))
                    let output = AlignedPairs(undefined: stride * Int(blocks))
                    var columns = nn_bf16_columns(
                        pairs: pairs, blocks: blocks, tile: before.pointer, output: output.pointer,
                        block_stride: Int64(stride))
                    withExtendedLifetime((a, b, bias, before)) {
                        expand(
                            rows, blocks, segments, 2, a.pointer, b.pointer, bias.pointer, tile.pointer, &columns)
                    }
                    #expect(tile.guardIsIntact && output.guardIsIntact, "wrote past the end: \(rows) rows")
                    return (tile.values, output.values)
                }
                #expect(Self.close(results[1].0, results[0].0, Self.sums), "\(rows) rows, \(blocks) blocks")
                #expect(Self.closeOrUntouched(results[1].1, results[0].1), "\(rows) rows, \(blocks) blocks")
            }
        }
    }

    /// NaN where neither wrote.
    private static func closeOrUntouched(_ a: [Float], _ b: [Float]) -> Bool {
        zip(a, b).allSatisfy { $0.isNaN && $1.isNaN || abs($0 - $1) <= rounding * max(1, abs($1)) }
    }

    @Test(arguments: tiers) func `the last tile of an expansion is activated alone`(tier: KernelTier) throws {
        let (_, bf16, scalar) = try Self.tables(tier)
        var random = SeededGenerator(state: 9)
        let tile = AlignedFloats(random.floats(3 * 2 * 32, in: -30...30))
        let results = [scalar.activate_pairs, bf16.activate_pairs].map { activate in
            let output = AlignedPairs(undefined: 7 * 16)
            var columns = nn_bf16_columns(
                pairs: 3, blocks: 2, tile: tile.pointer, output: output.pointer, block_stride: 4 * 16)
            withExtendedLifetime(tile) { activate(&columns) }
            #expect(output.guardIsIntact)
            return output.values
        }
        #expect(results[0].contains { $0.isNaN }, "the gap between the blocks")
        #expect(Self.closeOrUntouched(results[1], results[0]))
    }

    /// A table of 32 pieces: each is looked up, at its ends too.
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
            let tolerance = 1.4e-3
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
            let pairs = AlignedPairs(undefined: 19 * 16)
            table.scale_rows(6, 3, scale.pointer, input.pointer, rows.pointer)
            table.scale_lanes(18, scale.pointer, input.pointer)
            table.pair_columns(18, input.pointer, pairs.pointer)
            table.pair_columns(17, input.pointer, pairs.pointer + 9 * 16)
            table.pair_columns(1, input.pointer, pairs.pointer + 18 * 16)
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
