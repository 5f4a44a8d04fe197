import CKernels

/// EfficientNet B0 … B7 as MONAI's `EfficientNetBN` in evaluation mode, with its tensor names.
///
/// Safe to use from several threads: each run takes the pool for itself.
package final class EfficientNet: Sendable {
    package struct Output: Equatable, Sendable {
        /// `[N, classes]`, before any activation.
        package let logits: [Float]
        /// `[N, C, h, w]`: the activation of the head convolution, which the classifier averages over h and w.
        package let features: [Float]
        /// N, C, h, w.
        package let featureShape: [Int]
    }

    package let configuration: EfficientNetConfiguration
    /// `_fc.weight`, `[classes, C]`: with `Output.features` this makes class activation maps.
    package let classifierWeights: [Float]
    /// `_fc.bias`, `[classes]`.
    package let classifierBias: [Float]

    private let layers: EfficientNetLayers
    private let plan: ExecutionPlan
    private let features: Activation
    private let pool: ComputePool
    private let arena: AlignedMemory  // belongs to the run that has the pool

    /// Folds and packs the weights and plans the arena.
    ///
    /// - Throws: `tensorMissing`, `tensorMisshapen` or `tensorOfUnsupportedType`, naming the tensor.
    package init(
        _ configuration: EfficientNetConfiguration, weights: any TensorSource, pool: ComputePool
    ) throws(NeuralNetworkError) {
        let c = configuration
        self.configuration = c
        self.pool = pool
        classifierWeights = try weights.tensor(named: "_fc.weight", shape: [c.numClasses, c.headChannels])
        classifierBias = try weights.tensor(named: "_fc.bias", shape: [c.numClasses])
        layers = try EfficientNetLayers(c, weights: weights, kernels: pool.kernels)
        (plan, features) = layers.plan(c, threads: pool.threads)
        arena = AlignedMemory(bytes: plan.arenaBytes)
    }

    /// Bytes of activations and scratch memory beyond the weights.
    package var arenaBytes: Int { plan.arenaBytes }

    /// Runs the network on a batch; blocks the calling thread.
    ///
    /// - Parameter input: `[N, C, H, W]`, normalised as the model's bundle says.
    /// - Throws: `inputCountWrong` unless there are batch · C · H · W elements.
    package func run(_ input: [Float], batch: Int = 1) throws(NeuralNetworkError) -> Output {
        try input.withUnsafeBufferPointer { (images) throws(NeuralNetworkError) in try run(images, batch: batch) }
    }

    /// The same on memory of the caller.
    package func run(_ input: UnsafeBufferPointer<Float>, batch: Int = 1) throws(NeuralNetworkError) -> Output {
        let c = configuration
        let imageCount = c.inChannels * c.inputSize * c.inputSize
        let (expected, overflow) = imageCount.multipliedReportingOverflow(by: batch)
        guard batch >= 1, !overflow, input.count == expected else {
            throw .inputCountWrong(expected: overflow ? .max : expected, found: input.count)
        }
        var logits = [Float](repeating: 0, count: batch * c.numClasses)
        var maps = [Float](repeating: 0, count: batch * c.headChannels * features.extent.positions)
        try pool.exclusively { workers throws(NeuralNetworkError) in
            guard let first = input.baseAddress else { return }
            for image in 0..<batch {
                plan.run(first + image * imageCount, in: arena, workers: workers)
                finish(image, logits: &logits, maps: &maps)
            }
        }
        return Output(
            logits: logits, features: maps,
            featureShape: [batch, c.headChannels, features.extent.height, features.extent.width])
    }

    /// Average pooling and the linear layer, and the way out of the blocked layout.
    private func finish(_ image: Int, logits: inout [Float], maps: inout [Float]) {
        let c = configuration
        let positions = features.extent.positions
        let blocked = plan.address(features.place, in: arena)
        var mean = [Float](repeating: 0, count: features.layout.lanes)
        nn_mean_of_blocks(
            Int32(features.layout.blocks), Int64(positions), Int64(features.blockStride), blocked, &mean)
        for label in 0..<c.numClasses {
            var sum = classifierBias[label]
            for channel in 0..<c.headChannels {
                sum += classifierWeights[label * c.headChannels + channel] * mean[channel]
            }
            logits[image * c.numClasses + label] = sum
        }
        maps.withUnsafeMutableBufferPointer { out in
            guard let base = out.baseAddress else { return }
            for channel in 0..<c.headChannels {
                nn_export_channel(
                    Int64(positions),
                    blocked + channel / Int(NN_LANES) * features.blockStride + channel % Int(NN_LANES),
                    base + (image * c.headChannels + channel) * positions)
            }
        }
    }
}
