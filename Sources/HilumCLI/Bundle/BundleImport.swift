import Cryptography
package import Foundation
package import NeuralNetwork

/// Makes a bundle of a checkpoint: its tensors have to be those of the architecture, and the network made of them has
/// to give the golden output before anything is written.
package struct BundleImport: Sendable {
    /// What became of a checkpoint.
    package struct Result: Sendable {
        package let folder: URL
        package let tensors: Int
        package let bytes: Int
        /// Largest difference to the golden output: of the checkpoint's network, and of the bundle's.
        package let difference: Double
        package let storedDifference: Double
    }

    let draft: DraftManifest
    let checkpoint: Safetensors
    /// Of tensors that multiply; norms and biases are kept in float32.
    let type: StoredType
    let pool: ComputePool

    package init(_ draft: DraftManifest, _ checkpoint: Safetensors, as type: StoredType, pool: ComputePool) {
        (self.draft, self.checkpoint, self.type, self.pool) = (draft, checkpoint, type, pool)
    }

    /// Rounding to half precision may move the golden output by this share of its largest element.
    static let mostRounding = 0.02

    /// Writes `models/NAME/VERSION`.
    ///
    /// - Throws: `Failure` that names the tensor, the field or the difference.
    package func run(into models: URL) throws(Failure) -> Result {
        do {
            return try make(in: models)
        } catch let failure as Failure {
            throw failure
        } catch let error as NeuralNetworkError {
            throw Failure(.refused, Self.text(error))
        } catch {
            throw Failure(.file, "the bundle cannot be written: \(error.localizedDescription)")
        }
    }

    private func make(in models: URL) throws -> Result {
        let unnamed = try draft.manifest(sha256: String(repeating: "0", count: 64)).value
        let folder = try Self.folder(of: unnamed, in: models)
        let recording = RecordingSource(checkpoint)
        let network = try unnamed.makeNetwork(weights: recording, pool: pool)
        try Self.refuseOthers(than: recording.used, in: checkpoint)
        try unnamed.verifyGolden(network)
        let difference = try Self.difference(unnamed, network)

        let weights = try stored(recording.used)
        let rounded = try unnamed.makeNetwork(weights: Safetensors(data: weights), pool: pool)
        let storedDifference = try Self.difference(unnamed, rounded)
        let limit = max(unnamed.golden.tolerance, Self.mostRounding * Self.largest(unnamed))
        guard storedDifference <= limit else {
            throw Failure(
                .refused,
                "stored as \(type.rawValue), the golden output differs by \(storedDifference), more than \(limit)")
        }
        let manifest = try draft.manifest(
            sha256: SHA256.hexadecimal([UInt8](weights)) ?? "",
            goldenTolerance: max(unnamed.golden.tolerance, 2 * storedDifference),
            notes: [
                "imported_as": .string(type.rawValue), "golden_difference": .number(difference),
                "golden_difference_as_stored": .number(storedDifference),
            ])
        try write(manifest.json, weights, to: folder)
        return Result(
            folder: folder, tensors: recording.used.count, bytes: weights.count, difference: difference,
            storedDifference: storedDifference)
    }

    /// - Throws: where the name or version is no name of a folder, or there is one already.
    private static func folder(of manifest: ModelManifest, in models: URL) throws -> URL {
        for part in [manifest.name, manifest.version] {
            let isName =
                !part.isEmpty && !part.hasPrefix(".")
                && part.allSatisfy { $0.isLetter || $0.isNumber || "-_.".contains($0) }
            guard isName else { throw Failure(.refused, "name and version become folders: \(part) cannot") }
        }
        let folder = models.appending(path: manifest.name).appending(path: manifest.version)
        guard !FileManager.default.fileExists(atPath: folder.path) else {
            throw Failure(.file, "\(folder.relativePath): is there already")
        }
        return folder
    }

    /// A tensor that the network does not use is a sign of another architecture; only PyTorch's counter is left out.
    private static func refuseOthers(than used: [String: [Int]], in checkpoint: Safetensors) throws {
        let others = checkpoint.entries.keys.filter { used[$0] == nil && !$0.hasSuffix(".num_batches_tracked") }
        if let first = others.min() {
            throw Failure(.refused, "\(first): the architecture has no such tensor (nor \(others.count - 1) others)")
        }
    }

    private func stored(_ tensors: [String: [Int]]) throws -> Data {
        var writer = SafetensorsEncoder()
        for (name, shape) in tensors {
            let values = try checkpoint.tensor(named: name, shape: shape)
            guard writer.add(name, values, shape: shape, as: shape.count > 1 ? type : .float32) else {
                throw Failure(.refused, "\(name): has values that \(type.rawValue) does not hold")
            }
        }
        return writer.encoded()
    }

    private static func difference(_ manifest: ModelManifest, _ network: Network) throws -> Double {
        zip(manifest.golden.output, try manifest.goldenOutput(of: network))
            .map { $1.isNaN ? .infinity : Double(abs($0 - $1)) }.max() ?? 0
    }

    private static func largest(_ manifest: ModelManifest) -> Double {
        Double(manifest.golden.output.map(abs).max() ?? 0)
    }

    /// Both files appear at once, or none.
    private func write(_ manifest: Data, _ weights: Data, to folder: URL) throws {
        let files = FileManager.default
        let unfinished = folder.deletingLastPathComponent().appending(path: "." + UUID().uuidString)
        try files.createDirectory(at: unfinished, withIntermediateDirectories: true)
        do {
            try weights.write(to: unfinished.appending(path: DraftManifest.weightsFile))
            try manifest.write(to: unfinished.appending(path: "model.json"))
            try files.moveItem(at: unfinished, to: folder)
        } catch {
            try? files.removeItem(at: unfinished)
            throw error
        }
    }

    static func text(_ error: NeuralNetworkError) -> String {
        switch error {
        case .tensorMissing(let name): "\(name): the checkpoint has no such tensor"
        case .tensorMisshapen(let name, let expected, let found):
            "\(name): has the shape \(found), expected \(expected)"
        case .tensorOfUnsupportedType(let name, let type): "\(name): is stored as \(type); F32, F16 or BF16 expected"
        case .manifestMalformed(let field, let reason): "the manifest's \(field): \(reason)"
        case .goldenOutputDiffers(let index, let expected, let found, let tolerance):
            "the golden output differs at \(index): \(found), expected \(expected) within \(tolerance)"
        default: "\(error)"
        }
    }
}
