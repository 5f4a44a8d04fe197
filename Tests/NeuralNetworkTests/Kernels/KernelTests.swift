import CKernels
import Foundation
import NeuralNetwork
import Testing

/// Every kernel of every tier of this CPU against its scalar definition, around all tile edges.
@Suite struct `Kernels match their scalar definitions` {
    static let tiers = KernelTier.available.filter { $0 != .scalar }
    /// Other orders of up to 200 summands of about 1, and an exponential of 1e-6 relative.
    static let tolerance: Float = 2e-5

    static func close(_ a: [Float], _ b: [Float]) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($1)) }
    }

    @Test(arguments: tiers, [Int32(1), 2, 16, 32])
    func `batch-reduced products of every tile size`(tier: KernelTier, step: Int32) throws {
        let kernels = try #require(tier.kernels).pointee
        var random = SeededGenerator(state: UInt64(step))
        for blocks in 1...kernels.max_tile_blocks {
            let heights = [0, kernels.max_tile_rows.1, kernels.max_tile_rows.2, kernels.max_tile_rows.3]
            for rows in 1...heights[Int(blocks)] {
                // Segments of full, partial and single width; the second reads before the first.
                let width = 16 * blocks
                let segments = [
                    nn_segment(a: 40, b: 0, k: 16), nn_segment(a: 3, b: UInt32(16 * width), k: 5),
                    nn_segment(a: 0, b: UInt32(32 * width), k: 1),
                ]
                let a = AlignedFloats(random.floats(64 + 16 + Int(rows * step)))
                let b = AlignedFloats(random.floats(Int(33 * width)))
                let expected = AlignedFloats(undefined: Int(rows * width))
                let found = AlignedFloats(undefined: Int(rows * width))
                nn_scalar.brgemm(rows, blocks, segments, 3, a.pointer, step, b.pointer, expected.pointer)
                kernels.brgemm(rows, blocks, segments, 3, a.pointer, step, b.pointer, found.pointer)
                #expect(Self.close(found.values, expected.values), "\(rows) rows, \(blocks) blocks")
                #expect(found.guardIsIntact, "wrote past the end: \(rows) rows, \(blocks) blocks")
            }
        }
    }

    @Test(arguments: tiers, [NN_ACTIVATION_NONE, NN_ACTIVATION_SILU2, NN_ACTIVATION_ELU].map(\.rawValue))
    func `bias, activation and residual in every combination`(tier: KernelTier, activation: UInt32) throws {
        let kernels = try #require(tier.kernels).pointee
        var random = SeededGenerator(state: UInt64(activation))
        let (rows, blocks, column, block): (Int32, Int32, Int, Int) = (3, 2, 32, 160)
        for second in [NN_ACTIVATION_NONE, NN_ACTIVATION_ELU] {
            for hasResidual in [false, true] {
                let tile = AlignedFloats(random.floats(Int(rows * blocks * 16), in: -30...30))
                let bias = AlignedFloats(random.floats(32))
                let residual = AlignedFloats(random.floats(2 * block))
                var outputs: [[Float]] = []
                for epilogue in [nn_scalar.epilogue, kernels.epilogue] {
                    let output = AlignedFloats([Float](repeating: 7, count: 2 * block))
                    var e = nn_epilogue(
                        bias: bias.pointer, residual: hasResidual ? UnsafeRawPointer(residual.pointer) : nil,
                        output: output.pointer, block_stride: Int64(block), column_stride: Int64(column),
                        first: nn_activation(activation), second: second)
                    epilogue(rows, blocks, tile.pointer, &e)
                    #expect(output.guardIsIntact)
                    outputs.append(output.values)
                }
                #expect(Self.close(outputs[1], outputs[0]))
            }
        }
    }

    @Test(arguments: tiers, [(3, 1), (3, 2), (5, 1), (5, 2)].map { [$0.0, $0.1] })
    func `rows of depthwise convolutions of every width`(tier: KernelTier, shape: [Int]) throws {
        let kernels = try #require(tier.kernels).pointee
        let (kernel, stride) = (shape[0], shape[1])
        var random = SeededGenerator(state: UInt64(kernel * 10 + stride))
        for width in [1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15, 16, 17, 24, 33] {
            let columns = (width - 1) * stride + kernel
            let weights = AlignedFloats(random.floats(2 * kernel * kernel * 16))
            let bias = AlignedFloats(random.floats(32))
            let input = (0..<kernel).map { _ in AlignedFloats(random.floats(columns * 16)) }
            let rows = input.map { UnsafePointer($0.pointer) }
            var d = nn_dwconv2d(
                kernel: Int32(kernel), stride: Int32(stride), padding_top: 0, padding_left: 0, in_height: 0,
                in_width: 0, out_height: 0, out_width: Int32(width), blocks: 2, weights: weights.pointer,
                bias: bias.pointer)
            var results: [([Float], [Float])] = []
            for run in [nn_scalar.dwconv2d, kernels.dwconv2d] {
                let output = AlignedFloats(undefined: width * 16)
                let sum = AlignedFloats([Float](repeating: 0.5, count: 16))
                withExtendedLifetime((input, weights, bias)) { run(&d, 1, rows, output.pointer, sum.pointer) }
                #expect(output.guardIsIntact && sum.guardIsIntact, "wrote past the end: width \(width)")
                results.append((output.values, sum.values))
            }
            #expect(Self.close(results[1].0, results[0].0), "width \(width)")
            #expect(Self.close(results[1].1, results[0].1), "width \(width)")
        }
    }

    @Test(arguments: tiers, [1, 3, 15, 16, 17, 31, 64])
    func `activations of any count`(tier: KernelTier, count: Int) throws {
        let kernels = try #require(tier.kernels).pointee
        var random = SeededGenerator(state: UInt64(count))
        let x = random.floats(count, in: -100...100)
        for (expectedRun, foundRun) in [(nn_scalar.silu, kernels.silu), (nn_scalar.sigmoid, kernels.sigmoid)] {
            let expected = AlignedFloats(x)
            let found = AlignedFloats(x)
            expectedRun(Int64(count), expected.pointer)
            foundRun(Int64(count), found.pointer)
            #expect(Self.close(found.values, expected.values))
            #expect(found.guardIsIntact)
        }
    }

    /// The polynomial is good to 8e-8; what is more comes from rounding.
    @Test(arguments: tiers)
    func `sigmoid and SiLU to a few units in the last place`(tier: KernelTier) throws {
        let kernels = try #require(tier.kernels).pointee
        let x = (0...8000).map { Float($0 - 4000) / 200 }
        let found = [AlignedFloats(x), AlignedFloats(x)]
        kernels.sigmoid(Int64(x.count), found[0].pointer)
        kernels.silu(Int64(x.count), found[1].pointer)
        let (sigmoids, silus) = (found[0].values, found[1].values)
        var worst = (sigmoid: 0.0, silu: 0.0)
        for (index, x) in x.enumerated() {
            let sigmoid = 1 / (1 + exp(-Double(x)))
            worst.sigmoid = max(worst.sigmoid, abs(Double(sigmoids[index]) / sigmoid - 1))
            if x != 0 { worst.silu = max(worst.silu, abs(Double(silus[index]) / (Double(x) * sigmoid) - 1)) }
        }
        #expect(worst.sigmoid < 2e-6 && worst.silu < 2e-6, "\(worst)")
    }

    @Test(arguments: tiers, [16, 32, 48, 144])
    func `the products of squeeze and excitation`(tier: KernelTier, lanes: Int32) throws {
        let kernels = try #require(tier.kernels).pointee
        var random = SeededGenerator(state: UInt64(lanes))
        let hidden: Int32 = 7
        let w = AlignedFloats(random.floats(Int(hidden * lanes)))
        let wide = AlignedFloats(random.floats(Int(lanes)))
        let narrow = AlignedFloats(random.floats(Int(hidden)))
        var results: [[[Float]]] = []
        for table in [nn_scalar, kernels] {
            let reduced = AlignedFloats(undefined: Int(hidden))
            let expanded = AlignedFloats(undefined: Int(lanes))
            let scaled = AlignedFloats(undefined: Int(hidden * lanes))
            table.gemv(hidden, lanes, w.pointer, wide.pointer, reduced.pointer)
            table.gemv_transposed(lanes, hidden, w.pointer, narrow.pointer, wide.pointer, expanded.pointer)
            table.scale_rows(Int64(hidden), lanes / 16, narrow.pointer, w.pointer, scaled.pointer)
            table.scale_lanes(Int64(hidden * lanes / 16), wide.pointer, scaled.pointer)
            #expect(reduced.guardIsIntact && expanded.guardIsIntact && scaled.guardIsIntact)
            results.append([reduced.values, expanded.values, scaled.values])
        }
        for (expected, found) in zip(results[0], results[1]) { #expect(Self.close(found, expected)) }
    }

    @Test func `a NaN in a sum stays visible through every activation`() throws {
        for tier in KernelTier.available {
            let kernels = try #require(tier.kernels).pointee
            let tile = AlignedFloats([Float](repeating: .nan, count: 16))
            let bias = AlignedFloats([Float](repeating: 0, count: 16))
            for activation in [NN_ACTIVATION_NONE, NN_ACTIVATION_SILU2, NN_ACTIVATION_ELU] {
                let output = AlignedFloats([Float](repeating: 0, count: 16))
                var e = nn_epilogue(
                    bias: bias.pointer, residual: nil, output: output.pointer, block_stride: 16, column_stride: 16,
                    first: activation, second: NN_ACTIVATION_NONE)
                kernels.epilogue(1, 1, tile.pointer, &e)
                let allNaN = output.values.allSatisfy { $0.isNaN }
                #expect(allNaN, "\(tier) \(activation)")
            }
        }
    }
}

/// The definitions.
private var nn_scalar: nn_kernels {
    guard let table = nn_kernels_for_tier(NN_TIER_SCALAR) else { fatalError("every build has the scalar tier") }
    return table.pointee
}
