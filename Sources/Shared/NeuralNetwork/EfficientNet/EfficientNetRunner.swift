import CKernels
import Synchronization

/// Computes the images that wait for a pool.
///
/// One image has all threads: the answer comes soonest. When many wait (`ComputeQueue`), each thread takes an image of
/// its own, if that gets more images done in the same time (`Pace`).
final class EfficientNetRunner: Sendable {
    /// One image and where its results go; valid until the `run` that brought it returns.
    struct Image {
        let pixels: UnsafePointer<Float>
        /// `[C, h, w]`
        let features: UnsafeMutablePointer<Float>
        /// `[C]`: averages of the features.
        let means: UnsafeMutablePointer<Float>
    }

    /// A plan with the memory that it runs in, which belongs to the one who has its threads.
    private final class Lane: Sendable {
        let plan: ExecutionPlan
        let features: Activation
        let arena: AlignedMemory

        init(_ c: EfficientNetConfiguration, _ layers: EfficientNetLayers, threads: Int) {
            (plan, features) = layers.plan(c, threads: threads)
            arena = AlignedMemory(bytes: plan.arenaBytes)
        }

        func run(_ image: Image, workers: Workers) {
            plan.run(image.pixels, in: arena, workers: workers)
            let blocked = plan.address(features.place, in: arena)
            let positions = Int64(features.extent.positions)
            nn_export_features(
                Int32(features.layout.channels), positions, Int64(features.blockStride),
                Float(1 / SiLUBase.factor), blocked, image.features, image.means)
        }
    }

    let featureExtent: Extent
    private let configuration: EfficientNetConfiguration
    private let layers: EfficientNetLayers
    private let pool: ComputePool
    private let together: Lane
    /// One for each thread, made when it first has an image of its own.
    private let apart: Mutex<[Lane?]>
    private let pace: Mutex<Pace>

    init(_ c: EfficientNetConfiguration, _ layers: EfficientNetLayers, pool: ComputePool) {
        configuration = c
        self.layers = layers
        self.pool = pool
        together = Lane(c, layers, threads: pool.threads)
        pace = Mutex(Pace(threads: pool.threads))
        apart = Mutex(Array(repeating: nil, count: pool.threads))
        featureExtent = together.features.extent
    }

    var arenaBytes: Int { together.plan.arenaBytes }

    /// Computes images; returns when all of them are done.
    ///
    /// - Parameter isWanted: asked when the images' turn has come.
    /// - Returns: false, and computes nothing, where they are not wanted any more.
    func run(_ images: [Image], ifStill isWanted: () -> Bool) -> Bool {
        let times = pool.threads > 1 ? pace.withLock { $0.goesApart() ? $0.times : nil } : nil
        return pool.inTurn(times: images.count == 1 ? times : nil) { workers in
            guard isWanted() else { return false }
            let isCrowd = times != nil && images.count >= pool.manyWaiting
            let apart = isCrowd ? images.count / workers.threads * workers.threads : 0
            if apart > 0 { runApart(images[..<apart], workers) }
            for image in images[apart...] { run(image, workers) }
            return true
        }
    }

    /// Computes one image with all threads or with one.
    private func run(_ image: Image, _ workers: Workers) {
        let lane = lane(workers)
        let wasFull = pool.isFull
        let time = ContinuousClock().measure { lane.run(image, workers: workers) }
        if workers.thread == nil {
            pace.withLock { $0.record(images: 1, in: time) }
        } else if wasFull, pool.isFull {
            pace.withLock { $0.record(images: pool.threads, in: time) }
        }
    }

    /// Computes images of one caller, an image a thread.
    private func runApart(_ images: ArraySlice<Image>, _ workers: Workers) {
        let time = ContinuousClock().measure {
            workers.forEach(images.count) { index, alone in
                lane(alone).run(images[images.startIndex + index], workers: alone)
            }
        }
        pace.withLock { $0.record(images: images.count, in: time) }
    }

    private func lane(_ workers: Workers) -> Lane {
        guard let thread = workers.thread else { return together }
        return apart.withLock { lanes in
            let lane = lanes[thread] ?? Lane(configuration, layers, threads: 1)
            lanes[thread] = lane
            return lane
        }
    }

    func report(precision: Precision, tier: KernelTier, runs: Int) throws(NeuralNetworkError) -> PlanReport {
        let c = configuration
        let image = [Float](repeating: 0.5, count: c.inChannels * c.inputSize * c.inputSize)
        return try image.withUnsafeBufferPointer { (image) throws(NeuralNetworkError) in
            guard let pixels = image.baseAddress else { throw .inputCountWrong(expected: 1, found: 0) }
            return try pool.exclusively { workers throws(NeuralNetworkError) in
                try together.plan.report(
                    pixels, in: together.arena, workers: workers, precision: precision, tier: tier, runs: runs)
            }
        }
    }
}
