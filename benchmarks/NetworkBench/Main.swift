import Foundation
import NeuralNetwork

/// Runs one network once for every line on standard input and prints the milliseconds: the driver of
/// benchmarks/networks.py decides when, so that our runs and those of the peers alternate.
///
///     network-bench efficientnet b4 IN_CHANNELS CLASSES SIZE WEIGHTS INPUT OUTPUT THREADS [PRECISION]
///     network-bench vnet WIDTH IN_CHANNELS OUT_CHANNELS DxHxW WEIGHTS INPUT OUTPUT THREADS
///
/// INPUT is raw float32, one image; OUTPUT receives the answer of the first run. A line with a number runs that many
/// images of an EfficientNet, all of which wait at once. HILUM_CPU_TIER forces a tier.
@main struct NetworkBench {
    enum Failure: Error { case usage }

    static func main() throws {
        let arguments = CommandLine.arguments
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
            let waiting = Int(line) ?? 1
            let images = waiting == 1 ? input : [[Float]](repeating: input, count: waiting).flatMap { $0 }
            let elapsed = try clock.measure { _ = try network.run(images, waiting) }
            report("\(milliseconds(elapsed))")
        }
    }

    struct Run {
        let arenaBytes: () throws -> Int
        let run: (_ images: [Float], _ count: Int) throws -> [Float]
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
