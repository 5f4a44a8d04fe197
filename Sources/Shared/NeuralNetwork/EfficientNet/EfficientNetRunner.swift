import CKernels
import Synchronization

/// Decides how the images that wait for a pool are computed.
///
/// One image has all threads: the answer comes soonest. When many wait, each thread takes an image of its own, if that
/// gets more images done in the same time (`Pace`). Whoever gets the pool computes for all that wait, in order of arrival.
final class EfficientNetRunner: Sendable {
    /// One image and where its results go; valid until the `run` that brought it returns.
    struct Image {
        let pixels: UnsafePointer<Float>
        /// `[C, h, w]`
        let features: UnsafeMutablePointer<Float>
        /// `[C]`: averages of the features.
        let means: UnsafeMutablePointer<Float>
    }

    /// An image in the queue; `isDone` belongs to the one who has the pool.
    private final class Request: @unchecked Sendable {
        let image: Image
        var isDone = false
        init(_ image: Image) { self.image = image }
    }

    /// A plan with the memory that it runs in, which belongs to the one who has the pool.
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
    /// One for each thread, made when images first wait.
    private let apart = Mutex<[Lane]>([])
    private let waiting = Mutex<[Request]>([])
    private let pace = Mutex(Pace())

    init(_ c: EfficientNetConfiguration, _ layers: EfficientNetLayers, pool: ComputePool) {
        configuration = c
        self.layers = layers
        self.pool = pool
        together = Lane(c, layers, threads: pool.threads)
        featureExtent = together.features.extent
    }

    var arenaBytes: Int { together.plan.arenaBytes }

    /// Computes images; returns when all of them are done.
    func run(_ images: [Image]) {
        let requests = images.map(Request.init)
        waiting.withLock { $0 += requests }
        pool.exclusively { workers in
            while requests.contains(where: { !$0.isDone }) { runNext(workers) }
        }
    }

    /// How many images have to wait before each thread takes one of its own.
    private var depth: Int { max(4, pool.threads) }

    private func runNext(_ workers: Workers) {
        let next = waiting.withLock { waiting -> [Request] in
            let many = pool.threads > 1 && waiting.count >= depth
            let next = Array(waiting.prefix(many && pace.withLock { $0.goesApart() } ? pool.threads : 1))
            waiting.removeFirst(next.count)
            return next
        }
        let time = ContinuousClock().measure {
            if next.count == 1 { together.run(next[0].image, workers: workers) } else { runApart(next, workers) }
        }
        pace.withLock { $0.record(images: next.count, in: time) }
        for request in next { request.isDone = true }
    }

    private func runApart(_ requests: [Request], _ workers: Workers) {
        let lanes = apart.withLock { lanes -> [Lane] in
            while lanes.count < pool.threads { lanes.append(Lane(configuration, layers, threads: 1)) }
            return lanes
        }
        workers.forEach(requests.count) { worker, index, alone in
            lanes[worker].run(requests[index].image, workers: alone)
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
