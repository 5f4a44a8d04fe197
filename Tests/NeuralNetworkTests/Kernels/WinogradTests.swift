import CKernels
import NeuralNetwork
import Testing

/// Winograd's transforms against their matrices, and whole convolutions against a direct sum in double precision.
@Suite struct `Winograd convolutions are exact on any shape` {
    static let tiers = KernelTier.available.filter { $0 != .scalar }
    static let tiles = [2, 4].flatMap { z in [2, 4].flatMap { y in [2, 4].map { [z, y, $0] } } }
    /// Maps of one position, odd ones, ones smaller than a tile, whole tiles, and more tiles than one block takes.
    static let shapes = [
        ConvolutionShape(inputs: 1, outputs: 1, kernel: 5, depth: 1, height: 1, width: 1, isImage: false),
        ConvolutionShape(inputs: 16, outputs: 16, kernel: 5, depth: 4, height: 4, width: 4),
        ConvolutionShape(inputs: 5, outputs: 33, kernel: 5, depth: 3, height: 2, width: 7),
        ConvolutionShape(inputs: 20, outputs: 40, kernel: 5, depth: 5, height: 9, width: 6),
        ConvolutionShape(inputs: 2, outputs: 3, kernel: 5, depth: 2, height: 17, width: 18),
        ConvolutionShape(inputs: 3, outputs: 17, kernel: 5, depth: 1, height: 3, width: 141, isImage: false),
    ]

    @Test(arguments: tiers, [2, 4])
    func `the transforms of every tier are products with the matrices`(tier: KernelTier, tile: Int) throws {
        let kernels = try #require(tier.kernels).pointee
        let scalar = try #require(KernelTier.scalar.kernels).pointee
        var random = SeededGenerator(state: UInt64(tile))
        let points = tile + 4
        for count in [1, 2, 5] {
            let input = AlignedFloats(random.floats(points * (count * 32 + 16)))
            var results: [[Float]] = []
            for table in [scalar, kernels] {
                let forward = AlignedFloats(undefined: points * (count * 16 + 16))
                let taps = (0..<points).map { UnsafePointer(input.pointer + $0 * 16) }
                table.winograd_forward(
                    Int32(tile), Int32(count), taps, 32, forward.pointer, Int64(count * 16 + 16), 16)
                let inverse = AlignedFloats(undefined: count * tile * 16)
                table.winograd_inverse(
                    Int32(tile), Int32(count), input.pointer, Int64(count * 32), 16, inverse.pointer, 16,
                    Int64(tile * 16))
                #expect(forward.guardIsIntact && inverse.guardIsIntact)
                results.append(forward.values.filter { !$0.isNaN } + inverse.values)
            }
            // Factors up to 8 on eight summands: the order of the sums shows in the last digits.
            let close = zip(results[0], results[1]).allSatisfy { abs($0 - $1) < 3e-5 }
            #expect(close && results[0].count == results[1].count, "\(count) items")
        }
    }

    @Test(arguments: tiers, [Int32(1), 3, 8])
    func `taps are summed from any lane on`(tier: KernelTier, count: Int32) throws {
        var random = SeededGenerator(state: UInt64(count))
        let rows = AlignedFloats(random.floats(Int(count) * 16 + 32))
        let taps = [0, 3, 17, 32].map { UnsafePointer(rows.pointer + $0) }
        let found = AlignedFloats(undefined: Int(count) * 16)
        try #require(tier.kernels).pointee.sum_taps(count, 4, taps, found.pointer)
        let expected = (0..<Int(count) * 16).map { i in taps.reduce(Float(0)) { $0 + $1[i] } }
        #expect(found.values == expected && found.guardIsIntact)
    }

    @Test(arguments: KernelTier.available, shapes)
    func `all tiles, blocks and edges`(tier: KernelTier, shape: ConvolutionShape) throws {
        let direct = DirectConvolution(shape)
        let expected = direct.values
        for tile in tier == .scalar ? [[4, 2, 4]] : Self.tiles {
            let operands = WinogradOperands(direct, tile: tile, kernels: try #require(tier.kernels))
            let error = try operands.maxError(expected, threads: 3)
            // 1e-3 of the standard deviation of the output is what the engine promises; small maps are far better.
            #expect(error < 2e-4, "tile \(tile)")
        }
    }

    /// As many inputs as V-Net's layers have: what is large in all of them cancels in few outputs.
    @Test(arguments: [16, 64, 256])
    func `smooth inputs lose no more than is promised`(channels: Int) throws {
        let shape = ConvolutionShape(inputs: channels, outputs: 16, kernel: 5, depth: 6, height: 7, width: 9)
        let direct = DirectConvolution(shape).smooth
        let expected = direct.values
        for tier in Self.tiers {
            for tile in Self.tiles {
                let operands = WinogradOperands(direct, tile: tile, kernels: try #require(tier.kernels))
                #expect(try operands.maxError(expected, threads: 2) < 2e-4, "\(tier), tile \(tile)")
            }
        }
    }

    @Test func `weights too many for one thread's cache are shared by all threads`() throws {
        let shape = ConvolutionShape(inputs: 96, outputs: 128, kernel: 5, depth: 5, height: 6, width: 7)
        let direct = DirectConvolution(shape)
        let expected = direct.values
        for threads: Int32 in [1, 2, 5] {
            let operands = WinogradOperands(direct, tile: [4, 4, 4], kernels: try #require(KernelTier.best.kernels))
            #expect(try operands.maxError(expected, threads: threads) < 5e-4)
        }
    }

    @Test func `bias, residual and both activations follow the sum`() throws {
        let direct = DirectConvolution(
            ConvolutionShape(inputs: 3, outputs: 5, kernel: 5, depth: 3, height: 4, width: 5))
        let elu = { (x: Double) in x > 0 ? x : expm1Double(x) }
        let operands = WinogradOperands(direct, tile: [2, 4, 4], kernels: try #require(KernelTier.best.kernels))
        operands.useResidual(first: NN_ACTIVATION_ELU, second: NN_ACTIVATION_ELU)
        let expected = zip(direct.values, operands.residualValues).map { elu(elu($0) + Double($1)) }
        #expect(try operands.maxError(expected, threads: 2) < 2e-4)
    }
}
