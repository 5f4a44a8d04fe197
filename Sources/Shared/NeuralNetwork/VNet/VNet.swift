import CKernels
import Synchronization

/// V-Net as MONAI's `VNet` in evaluation mode, with its tensor names.
///
/// Safe to use from several threads: each run takes the pool for itself. Any extent that is a multiple of 16 works; the
/// plans of the last few extents are kept.
package final class VNet: Sendable {
    package let configuration: VNetConfiguration
    private let layers: VNetLayers
    private let pool: ComputePool
    private let prepared = Mutex<[Prepared]>([])

    /// A plan with its arena, which belongs to the run that has the pool.
    private final class Prepared: Sendable {
        let extent: Extent
        let plan: ExecutionPlan
        let output: Place
        let arena: AlignedMemory

        init(extent: Extent, plan: ExecutionPlan, output: Place) {
            self.extent = extent
            self.plan = plan
            self.output = output
            arena = AlignedMemory(bytes: plan.arenaBytes)
        }
    }

    /// Elements of the largest activation, 4 GiB; at width 16 that is a volume of 320³.
    package static let mostElements = 1 << 30
    private static let keptPlans = 2

    /// Folds the weights; those of the large convolutions are packed when the first volume shows its extent.
    ///
    /// - Parameter weights: kept by the network.
    /// - Throws: `tensorMissing`, `tensorMisshapen` or `tensorOfUnsupportedType`, naming the tensor.
    package init(
        _ configuration: VNetConfiguration, weights: any TensorSource, pool: ComputePool
    ) throws(NeuralNetworkError) {
        self.configuration = configuration
        self.pool = pool
        layers = try pool.exclusively { workers throws(NeuralNetworkError) in
            try VNetLayers(configuration, weights: weights, workers: workers)
        }
    }

    /// Runs the network on a batch of volumes; blocks the calling thread.
    ///
    /// - Parameters:
    ///   - input: `[N, C, D, H, W]`, normalised as the model's bundle says.
    ///   - shape: D, H, W, each a multiple of 16.
    /// - Returns: `[N, C_out, D, H, W]`, no activation on it.
    /// - Throws: `inputExtentNotDivisible`, `inputTooLarge`, `inputCountWrong`.
    package func run(
        _ input: [Float], shape: (depth: Int, height: Int, width: Int), batch: Int = 1
    ) throws(NeuralNetworkError) -> [Float] {
        try input.withUnsafeBufferPointer { (volumes) throws(NeuralNetworkError) in
            try run(volumes, shape: shape, batch: batch)
        }
    }

    /// The same on memory of the caller.
    package func run(
        _ input: UnsafeBufferPointer<Float>, shape: (depth: Int, height: Int, width: Int), batch: Int = 1
    ) throws(NeuralNetworkError) -> [Float] {
        let extent = try checkedExtent(shape)
        let c = configuration
        let inputCount = c.inChannels * extent.positions
        let (expected, overflow) = inputCount.multipliedReportingOverflow(by: batch)
        guard batch >= 1, !overflow, input.count == expected else {
            throw .inputCountWrong(expected: overflow ? .max : expected, found: input.count)
        }
        let outputCount = c.outChannels * extent.positions
        var result = [Float](repeating: 0, count: batch * outputCount)
        try pool.exclusively { workers throws(NeuralNetworkError) in
            let network = try prepare(extent, workers)
            result.withUnsafeMutableBufferPointer { out in
                guard let first = input.baseAddress, let firstOut = out.baseAddress else { return }
                for volume in 0..<batch {
                    network.plan.run(first + volume * inputCount, in: network.arena, workers: workers)
                    (firstOut + volume * outputCount).update(
                        from: network.plan.address(network.output, in: network.arena), count: outputCount)
                }
            }
        }
        return result
    }

    /// Bytes of activations and scratch memory that a volume needs beyond the weights.
    package func arenaBytes(shape: (depth: Int, height: Int, width: Int)) throws(NeuralNetworkError) -> Int {
        let extent = try checkedExtent(shape)
        return try pool.exclusively { workers throws(NeuralNetworkError) in
            try prepare(extent, workers).plan.arenaBytes
        }
    }

    /// Measures every step of the plan for a volume of this shape.
    package func report(
        shape: (depth: Int, height: Int, width: Int), runs: Int
    ) throws(NeuralNetworkError) -> PlanReport {
        let extent = try checkedExtent(shape)
        let volume = [Float](repeating: 0.5, count: configuration.inChannels * extent.positions)
        return try volume.withUnsafeBufferPointer { (volume) throws(NeuralNetworkError) in
            guard let voxels = volume.baseAddress else { throw .inputCountWrong(expected: 1, found: 0) }
            return try pool.exclusively { workers throws(NeuralNetworkError) in
                let network = try prepare(extent, workers)
                return try network.plan.report(
                    voxels, in: network.arena, workers: workers, precision: .float32, tier: pool.tier, runs: runs)
            }
        }
    }

    private func checkedExtent(
        _ shape: (depth: Int, height: Int, width: Int)
    ) throws(NeuralNetworkError) -> Extent {
        let multiple = VNetConfiguration.extentMultiple
        for (axis, extent) in [("D", shape.depth), ("H", shape.height), ("W", shape.width)] {
            guard extent >= multiple, extent % multiple == 0 else {
                throw .inputExtentNotDivisible(axis: axis, extent: extent, by: multiple)
            }
        }
        // The kernels count elements of one activation in 32 bits; the largest is the concatenation at full size.
        var elements = layers.output.input.lanes
        for extent in [shape.depth, shape.height, shape.width] {
            let (product, overflow) = elements.multipliedReportingOverflow(by: extent)
            guard !overflow, product <= Self.mostElements else {
                throw .inputTooLarge(elements: overflow ? .max : product, limit: Self.mostElements)
            }
            elements = product
        }
        return Extent(depth: shape.depth, height: shape.height, width: shape.width)
    }

    /// Finds or makes the plan of an extent; the least recently used one goes.
    private func prepare(_ extent: Extent, _ workers: Workers) throws(NeuralNetworkError) -> Prepared {
        let found = prepared.withLock { kept -> Prepared? in
            guard let index = kept.firstIndex(where: { $0.extent == extent }) else { return nil }
            kept.append(kept.remove(at: index))
            return kept.last
        }
        if let found { return found }
        prepared.withLock { kept in if kept.count == Self.keptPlans { kept.removeFirst() } }
        let (plan, output) = try layers.plan(configuration, extent: extent, workers: workers)
        let made = Prepared(extent: extent, plan: plan, output: output)
        prepared.withLock { $0.append(made) }
        return made
    }
}
