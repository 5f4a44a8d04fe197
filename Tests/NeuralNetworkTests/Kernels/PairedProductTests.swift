import CKernels
import NeuralNetwork
import Testing

extension KernelTier {
    /// The tiers of this CPU that have paired products.
    static let paired = available.filter { $0.kernels?.pointee.brgemm_paired != nil }
}

/// Paired products of every tier that has them against sums in double precision.
@Suite struct `Paired products are those of the definition` {
    /// Whole pairs, a block left over, and one of which some lanes are in use.
    @Test(arguments: KernelTier.paired, [32, 48, 59, 64, 135])
    func `every tile size`(tier: KernelTier, inputs: Int) throws {
        let kernels = try #require(tier.kernels)
        for blocks in 1...Int(NN_MAX_TILE_BLOCKS) {
            let heights = kernels.pointee.max_paired_rows
            for rows in 1...[0, heights.1, heights.2, heights.3][blocks] {
                let operands = PairedOperands(inputs: inputs, outputs: 16 * blocks, positions: Int(rows))
                let start = operands.start(kernels, scale: nil)
                let tile = AlignedFloats(undefined: Int(rows) * 16 * blocks)
                operands.withPairs { pairs in
                    kernels.pointee.brgemm_paired?(
                        rows, Int32(blocks), pairs, operands.x.pointer, operands.weights.pointer, start.pointer,
                        tile.pointer)
                }
                #expect(tile.guardIsIntact && start.guardIsIntact && operands.x.guardIsIntact)
                let worst = (0..<Int(rows) * 16 * blocks).map { at in
                    let (row, output) = at.quotientAndRemainder(dividingBy: 16 * blocks)
                    let found = tile.values[at] - operands.sums[output]
                    return abs(Double(found) - operands.expected(output: output, position: row))
                }.max()
                #expect(try #require(worst) < 2e-5, "\(rows) rows, \(blocks) blocks")
            }
        }
    }

    @Test(arguments: KernelTier.paired, [1, 7, 8, 9, 31])
    func `factors of the input lanes`(tier: KernelTier, positions: Int) throws {
        let kernels = try #require(tier.kernels)
        var random = SeededGenerator(state: UInt64(positions))
        let factors = random.floats(80, in: 0...2)
        let (plain, scaled) = (
            PairedOperands(inputs: 80, outputs: 16, positions: positions),
            PairedOperands(inputs: 80, outputs: 16, positions: positions)
        )
        let start = scaled.start(kernels, scale: factors)
        for block in 0..<5 {
            for at in 0..<positions * 16 {
                let index = block * positions * 16 + at
                #expect(scaled.x.values[index] == plain.x.values[index] * factors[block * 16 + at % 16])
            }
        }
        let again = scaled.start(kernels, scale: nil)
        #expect(zip(start.values, again.values).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(start.guardIsIntact && scaled.x.guardIsIntact)
    }
}

/// Random operands of a 1×1 convolution with paired blocks, in a single panel of outputs.
private struct PairedOperands {
    let x: AlignedFloats  // [block][position][lane]
    let weights: AlignedFloats
    /// What the pairs add to every output.
    let sums: [Float]
    private let w: [Float]  // [output][input]
    private let inputs: Int, positions: Int
    private var blocks: Int { (inputs + 15) / 16 }
    private var pairs: Int { inputs / 32 }

    init(inputs: Int, outputs: Int, positions: Int) {
        self.inputs = inputs
        self.positions = positions
        let blocks = (inputs + 15) / 16
        var random = SeededGenerator(state: UInt64(inputs * 1000 + outputs * 20 + positions))
        x = AlignedFloats(random.floats(blocks * 16 * positions))
        w = random.floats(outputs * inputs)
        weights = AlignedFloats(undefined: blocks * 16 * outputs)
        var sums = [Float](repeating: 0, count: outputs)
        let outBlocks = Int32(outputs / 16)
        nn_pack_convolution(
            Int32(blocks), 16, 1, outBlocks, outBlocks, (0..<Int32(outputs)).map { $0 },
            (0..<blocks * 16).map { $0 < inputs ? Int32($0) : -1 }, w, Int64(inputs), 1, 1,
            [Float](repeating: 1, count: outputs), weights.pointer)
        nn_pack_pairs(Int32(blocks), Int32(inputs / 32), outBlocks, outBlocks, weights.pointer, &sums)
        self.sums = sums
    }

    func withPairs(_ body: (UnsafePointer<nn_pairs>) -> Void) {
        let used = (2 * pairs..<blocks).map { Int32(min(16, inputs - $0 * 16)) } + [0]
        used.withUnsafeBufferPointer { used in
            guard let first = used.baseAddress else { return }
            var p = nn_pairs(
                pairs: Int32(pairs), rest: Int32(blocks - 2 * pairs), used: first, block: Int64(positions * 16))
            body(&p)
        }
    }

    func start(_ kernels: UnsafePointer<nn_kernels>, scale: [Float]?) -> AlignedFloats {
        let start = AlignedFloats(undefined: positions)
        withPairs { kernels.pointee.start_pairs?(Int64(positions), $0, scale, x.pointer, start.pointer) }
        return start
    }

    func expected(output: Int, position: Int) -> Double {
        (0..<inputs).reduce(0.0) { sum, input in
            let at = (input / 16 * positions + position) * 16 + input % 16
            return sum + Double(x.pointer[at]) * Double(w[output * inputs + input])
        }
    }
}
