import Foundation
package import NeuralNetwork

/// `hilum model explain BUNDLE`
package struct ModelCommand: Command {
    package static let name = "model"
    package static let operands = "explain BUNDLE"
    package static let summary = "Shows how this machine computes a model bundle: steps, kernels, times, share of peak."
    package static let options = [
        Option("threads", "N", help: "Threads that compute; default one for each processor."),
        Option("runs", "N", help: "Runs of which the median counts; default 10."),
        Option("precision", "TYPE", help: "float32 or bfloat16, of a classifier; default float32."),
        Option("tier", "NAME", help: "Kernels to use: scalar, portable, avx2, avx512; default the best."),
    ]

    private let folder: String
    private let threads: Int
    private let runs: Int
    private let precision: Precision
    private let tier: KernelTier

    package init(_ arguments: Arguments) throws(UsageError) {
        guard arguments.operands.first == "explain", arguments.operands.count == 2 else {
            throw UsageError("explain and one BUNDLE expected")
        }
        folder = arguments.operands[1]
        threads = try arguments.integer("threads", in: 1...1024) ?? ProcessInfo.processInfo.activeProcessorCount
        runs = try arguments.integer("runs", in: 1...1000) ?? 10
        precision = try Self.choice("precision", arguments) ?? .float32
        tier = try Self.choice("tier", arguments) ?? .best
    }

    private static func choice<Value: RawRepresentable & CaseIterable>(
        _ name: String, _ arguments: Arguments
    ) throws(UsageError) -> Value? where Value.RawValue == String {
        guard let text = arguments.value(name) else { return nil }
        guard let value = Value(rawValue: text) else {
            let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("--\(name) \(text): one of \(known) expected")
        }
        return value
    }

    package func run(_ console: Console) async throws(Failure) {
        do {
            let bundle = try ModelBundle(directory: folder)
            let pool = try ComputePool(threads: threads, tier: tier)
            let report = try measure(bundle, try bundle.makeNetwork(pool: pool, precision: precision))
            console.print("\(bundle.manifest.name)/\(bundle.manifest.version): \(ModelText.heading(report))\n")
            console.print(ModelText.table(report))
        } catch {
            throw Failure(.file, "\(folder): \(error)")
        }
    }

    private func measure(_ bundle: ModelBundle, _ network: Network) throws(NeuralNetworkError) -> PlanReport {
        switch network {
        case .efficientNet(let network): return try network.report(runs: runs)
        case .vNet(let network):
            let size = bundle.manifest.input.size
            return try network.report(shape: (size[0], size[1], size[2]), runs: runs)
        }
    }
}

/// A plan as text.
package enum ModelText {
    /// What holds for the whole network.
    package static func heading(_ report: PlanReport) -> String {
        let products = report.layers.reduce(0) { $0 + $1.products }
        let rate = 2 * products / report.seconds / 1e9
        return """
            \(report.tier.rawValue), \(report.precision.rawValue), threads \(report.threads): \
            \(number(report.seconds * 1e3, 2)) ms, \(number(rate, 1)) GFLOP/s, \
            \(number(100 * rate / report.peakGigaflops, 0)) % of a measured peak of \
            \(number(report.peakGigaflops, 1)) GFLOP/s; \
            \(number(Double(report.arenaBytes) / 1_048_576, 1)) MiB of activations
            """
    }

    /// A line a step.
    package static func table(_ report: PlanReport) -> String {
        var table = Table("LAYER", "OPERATION", "SHAPE", "KERNEL", "MS", "GFLOP/S", "% OF PEAK")
        for layer in report.layers {
            let computes = layer.products > 0
            table.add(
                layer.layer, layer.operation, layer.shape, layer.kernel, number(layer.seconds * 1e3, 3),
                computes ? number(layer.gigaflops, 1) : "-",
                computes ? number(100 * report.shareOfPeak(layer), 0) : "-")
        }
        return table.text
    }

    private static func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
