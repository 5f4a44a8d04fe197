import CKernels
import NeuralNetwork
import Testing

@Suite struct `Compute threads` {
    @Test(arguments: [Int32(1), 2, 5], [Int64(0), 1, 2, 7, 1000])
    func `run every index once`(threads: Int32, count: Int64) throws {
        let pool = try #require(nn_pool_create(threads))
        defer { nn_pool_destroy(pool) }
        for _ in 0..<20 {
            let counts = UnsafeMutablePointer<Int32>.allocate(capacity: Int(count) + 1)
            defer { counts.deallocate() }
            counts.update(repeating: 0, count: Int(count) + 1)
            nn_pool_for(
                pool, count,
                { context, _, index in
                    context?.assumingMemoryBound(to: Int32.self)[Int(index)] += 1
                }, counts)
            #expect((0..<Int(count)).allSatisfy { counts[$0] == 1 })
            #expect(counts[Int(count)] == 0)
        }
    }

    @Test func `an impossible number of threads is refused`() {
        #expect(throws: NeuralNetworkError.threadsUnavailable(count: 0)) { try ComputePool(threads: 0) }
        #expect(throws: NeuralNetworkError.threadsUnavailable(count: -1)) { try ComputePool(threads: -1) }
    }

    @Test func `the best tier is available and the tiers are ordered`() {
        #expect(KernelTier.available.contains(.best))
        #expect(KernelTier.available.max() == .best)
        #expect(KernelTier.available.starts(with: [.scalar, .portable]))
    }

    @Test func `several callers at a time get the right answers`() async throws {
        let pool = try ComputePool(threads: 2)
        let c = try VNetConfiguration(outChannels: 2, width: 4)
        let network = try VNet(c, weights: FormulaWeights(), pool: pool)
        let inputs = (0..<6).map { FormulaWeights.map("input \($0)", 16 * 16 * 16) { $0 } }
        let alone = try inputs.map { try network.run($0, shape: (16, 16, 16)) }
        try await withThrowingTaskGroup(of: (Int, [Float]).self) { group in
            for (index, input) in inputs.enumerated() {
                group.addTask { (index, try network.run(input, shape: (16, 16, 16))) }
            }
            for try await (index, output) in group { #expect(output == alone[index]) }
        }
    }
}
