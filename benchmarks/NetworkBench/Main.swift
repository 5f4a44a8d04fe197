import Foundation
import NeuralNetwork

/// Runs one network as the lines on its standard input say and prints the milliseconds: the drivers in Python decide when,
/// so that our runs and those of the peers alternate.
///
///     network-bench efficientnet b4 IN_CHANNELS CLASSES SIZE WEIGHTS INPUT OUTPUT THREADS [PRECISION]
///     network-bench vnet WIDTH IN_CHANNELS OUT_CHANNELS DxHxW WEIGHTS INPUT OUTPUT THREADS
///     network-bench handoff
///
/// INPUT is raw float32, one image; OUTPUT receives the answer of the first run. HILUM_CPU_TIER forces a tier. Lines:
///
///     N               runs N images, all of which wait at once (V-Net: a batch)
///     repeat N        runs N images, one after the other
///     arrive MS …     runs an image at each of these times from now on, as a service does; prints for each how long it
///                     took from its time to its answer, and the processor time that the program had used by then
@main struct NetworkBench {
    enum Failure: Error { case usage }

    static func main() async throws {
        let arguments = CommandLine.arguments
        if arguments.dropFirst() == ["handoff"] { return report("\(Handoff.nanoseconds())") }
        guard arguments.count >= 10, let threads = Int(arguments[9]) else { throw Failure.usage }
        let tier = ProcessInfo.processInfo.environment["HILUM_CPU_TIER"].flatMap(KernelTier.init(rawValue:)) ?? .best
        let pool = try ComputePool(threads: threads, tier: tier)
        let precision = arguments.count > 10 ? Precision(rawValue: arguments[10]) : .float32
        guard let precision else { throw Failure.usage }
        let clock = ContinuousClock()
        let start = clock.now
        let network = try makeRun(Array(arguments[1...6]), pool: pool, precision: precision)
        let input = try floats(of: Data(contentsOf: URL(filePath: arguments[7])))
        let output = try network.run(input, 1)  // packs what depends on the input's extent, and warms up
        let ready = clock.now - start
        try output.withUnsafeBytes { try Data($0).write(to: URL(filePath: arguments[8])) }
        report(
            "ready tier=\(tier.rawValue) ready_ms=\(milliseconds(ready)) arena_bytes=\(try network.arenaBytes())")
        while let line = readLine() {
            let words = line.split(separator: " ")
            let numbers = words.compactMap { Double($0) }
            switch words.first {
            case "arrive":
                let answers = try await arrive(numbers) { _ = try network.run(input, 1) }
                report(answers.map { "\(milliseconds($0)) \(milliseconds($1))" }.joined(separator: " "))
            case "repeat":
                let count = Int(numbers.first ?? 1)
                let elapsed = try clock.measure { for _ in 0..<count { _ = try network.run(input, 1) } }
                report("\(milliseconds(elapsed))")
            default:
                let count = Int(numbers.first ?? 1)
                let images = count == 1 ? input : [[Float]](repeating: input, count: count).flatMap { $0 }
                let elapsed = try clock.measure { _ = try network.run(images, count) }
                report("\(milliseconds(elapsed))")
            }
        }
    }

    /// - Parameter offsets: when requests arrive, in milliseconds from now on.
    /// - Returns: from arrival to answer, and the program's processor time at the answer, in the same order.
    private static func arrive(
        _ offsets: [Double], run: @escaping @Sendable () throws -> Void
    ) async throws -> [(latency: Duration, processor: Duration)] {
        let clock = ContinuousClock()
        let start = clock.now
        return try await withThrowingTaskGroup(of: (Int, Duration, Duration).self) { group in
            for (index, offset) in offsets.enumerated() {
                let arrival = start + .microseconds(Int(offset * 1e3))
                group.addTask {
                    try await clock.sleep(until: arrival, tolerance: .zero)
                    try await withCheckedThrowingContinuation { done in
                        DispatchQueue(label: "image").async { done.resume(with: Result(catching: run)) }
                    }
                    return (index, clock.now - arrival, processorTime())
                }
            }
            var answers = [(latency: Duration, processor: Duration)](repeating: (.zero, .zero), count: offsets.count)
            for try await (index, latency, processor) in group { answers[index] = (latency, processor) }
            return answers
        }
    }

    private static func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    struct Run: Sendable {
        let arenaBytes: @Sendable () throws -> Int
        let run: @Sendable (_ images: [Float], _ count: Int) throws -> [Float]
    }

    private static func makeRun(_ arguments: [String], pool: ComputePool, precision: Precision) throws -> Run {
        let weights = try Safetensors(path: arguments[5])
        switch arguments[0] {
        case "efficientnet":
            guard let variant = EfficientNetConfiguration.Variant(rawValue: arguments[1]),
                let channels = Int(arguments[2]), let classes = Int(arguments[3]), let size = Int(arguments[4])
            else { throw Failure.usage }
            let configuration = try EfficientNetConfiguration(
                variant: variant, inChannels: channels, numClasses: classes, inputSize: size)
            let network = try EfficientNet(configuration, weights: weights, pool: pool, precision: precision)
            return Run(arenaBytes: { network.arenaBytes }) { try network.run($0, batch: $1).logits }
        case "vnet":
            let extent = arguments[4].split(separator: "x").compactMap { Int($0) }
            guard let width = Int(arguments[1]), let channels = Int(arguments[2]), let outputs = Int(arguments[3]),
                extent.count == 3
            else { throw Failure.usage }
            let shape = (depth: extent[0], height: extent[1], width: extent[2])
            let configuration = try VNetConfiguration(inChannels: channels, outChannels: outputs, width: width)
            let network = try VNet(configuration, weights: weights, pool: pool)
            return Run(arenaBytes: { try network.arenaBytes(shape: shape) }) {
                try network.run($0, shape: shape, batch: $1)
            }
        default: throw Failure.usage
        }
    }

    private static func floats(of data: Data) -> [Float] {
        data.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
        }
    }

    private static func milliseconds(_ duration: Duration) -> Double {
        Double(duration.components.attoseconds) / 1e15 + Double(duration.components.seconds) * 1e3
    }

    private static func report(_ line: String) {
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }
}
