import CKernels

/// EfficientNet B0 … B7 as MONAI's `EfficientNetBN` in evaluation mode, with its tensor names.
///
/// Safe to use from several threads. Where many runs wait for the pool they go an image a thread, others have all threads
/// for their image (`EfficientNetRunner`).
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
    package let precision: Precision
    /// `_fc.weight`, `[classes, C]`: with `Output.features` this makes class activation maps.
    package let classifierWeights: [Float]
    /// `_fc.bias`, `[classes]`.
    package let classifierBias: [Float]

    private let runner: EfficientNetRunner
    private let pool: ComputePool

    /// Folds and packs the weights and plans the arena.
    ///
    /// - Parameter precision: of the 1×1 convolutions and of the activations between layers.
    /// - Throws: `tensorMissing`, `tensorMisshapen` or `tensorOfUnsupportedType`, naming the tensor;
    ///   `precisionUnavailable`.
    package init(
        _ configuration: EfficientNetConfiguration, weights: any TensorSource, pool: ComputePool,
        precision: Precision = .float32
    ) throws(NeuralNetworkError) {
        let c = configuration
        self.configuration = c
        self.precision = precision
        self.pool = pool
        classifierWeights = try weights.tensor(named: "_fc.weight", shape: [c.numClasses, c.headChannels])
        classifierBias = try weights.tensor(named: "_fc.bias", shape: [c.numClasses])
        let layers = try EfficientNetLayers(c, weights: weights, kernels: KernelSet(pool.kernels, precision))
        runner = EfficientNetRunner(c, layers, pool: pool)
    }

    /// Bytes of activations and scratch memory beyond the weights, for one image on all threads.
    package var arenaBytes: Int { runner.arenaBytes }

    /// Runs the network on a batch; blocks the calling thread.
    ///
    /// - Parameter input: `[N, C, H, W]`, normalised as the model's bundle says.
    /// - Throws: `inputCountWrong` unless there are batch · C · H · W elements.
    package func run(_ input: [Float], batch: Int = 1) throws(NeuralNetworkError) -> Output {
        try input.withUnsafeBufferPointer { (images) throws(NeuralNetworkError) in try run(images, batch: batch) }
    }

    /// The same on memory of the caller.
    package func run(_ input: UnsafeBufferPointer<Float>, batch: Int = 1) throws(NeuralNetworkError) -> Output {
        guard let output = try run(input, batch: batch, ifStill: { true }) else {
            preconditionFailure("an image that was wanted was not computed")
        }
        return output
    }

    /// Runs the network on one image, unless nobody wants the answer any more when its turn to compute comes.
    ///
    /// - Returns: nil where `isWanted` said no.
    package func run(_ input: [Float], ifStill isWanted: () -> Bool) throws(NeuralNetworkError) -> Output? {
        try input.withUnsafeBufferPointer { (images) throws(NeuralNetworkError) in
            try run(images, batch: 1, ifStill: isWanted)
        }
    }

    private func run(
        _ input: UnsafeBufferPointer<Float>, batch: Int, ifStill isWanted: () -> Bool
    ) throws(NeuralNetworkError) -> Output? {
        let c = configuration
        let imageCount = c.inChannels * c.inputSize * c.inputSize
        let (expected, overflow) = imageCount.multipliedReportingOverflow(by: batch)
        guard batch >= 1, !overflow, input.count == expected, let images = input.baseAddress else {
            throw .inputCountWrong(expected: overflow ? .max : expected, found: input.count)
        }
        let mapCount = c.headChannels * runner.featureExtent.positions
        var means = [Float](repeating: 0, count: batch * c.headChannels)
        var isDone = false
        let maps = [Float](unsafeUninitializedCapacity: batch * mapCount) { maps, count in
            means.withUnsafeMutableBufferPointer { means in
                guard let maps = maps.baseAddress, let means = means.baseAddress else { return }
                isDone = runner.run(
                    (0..<batch).map {
                        EfficientNetRunner.Image(
                            pixels: images + $0 * imageCount, features: maps + $0 * mapCount,
                            means: means + $0 * c.headChannels)
                    }, ifStill: isWanted)
            }
            count = isDone ? batch * mapCount : 0
        }
        guard isDone else { return nil }
        return Output(
            logits: logits(means, batch: batch), features: maps,
            featureShape: [batch, c.headChannels, runner.featureExtent.height, runner.featureExtent.width])
    }

    /// Measures every step of the plan on all threads.
    package func report(runs: Int) throws(NeuralNetworkError) -> PlanReport {
        try runner.report(precision: precision, tier: pool.tier, runs: runs)
    }

    /// The linear layer on the averaged features.
    private func logits(_ means: [Float], batch: Int) -> [Float] {
        let channels = configuration.headChannels
        return (0..<batch * configuration.numClasses).map { index in
            let (image, label) = index.quotientAndRemainder(dividingBy: configuration.numClasses)
            var sum = classifierBias[label]
            for channel in 0..<channels {
                sum += classifierWeights[label * channels + channel] * means[image * channels + channel]
            }
            return sum
        }
    }
}
