import Foundation
import NeuralNetwork

/// `hilum bundle import CHECKPOINT --manifest FILE --out FOLDER`
package struct BundleCommand: Command {
    package static let name = "bundle"
    package static let operands = "import CHECKPOINT"
    package static let summary = "Makes a model bundle of a MONAI checkpoint (safetensors, or PyTorch's .pt)."
    package static let options = [
        Option("manifest", "FILE", help: "The bundle's model.json without its weights; required."),
        Option("out", "FOLDER", help: "Folder of the bundles, which gets NAME/VERSION; default models."),
        Option("type", "TYPE", help: "F32, F16 or BF16: of the tensors that multiply; default F16."),
        Option("threads", "N", help: "Threads that compute; default one for each processor."),
        Option("python", "PROGRAM", help: "Python with PyTorch and MONAI, for a .pt; default python3."),
        Option("training", "FOLDER", help: "The folder of hilum_training, for a .pt; default training."),
    ]

    private let checkpoint: String
    private let manifest: String
    private let out: URL
    private let type: StoredType
    private let threads: Int
    private let converter: CheckpointConverter

    package init(_ arguments: Arguments) throws(UsageError) {
        guard arguments.operands.first == "import", arguments.operands.count == 2 else {
            throw UsageError("import and one CHECKPOINT expected")
        }
        checkpoint = arguments.operands[1]
        guard let manifest = arguments.value("manifest") else { throw UsageError("--manifest is missing") }
        self.manifest = manifest
        out = URL(filePath: arguments.value("out") ?? "models")
        let type = arguments.value("type") ?? StoredType.float16.rawValue
        guard let type = StoredType(rawValue: type.uppercased()) else {
            throw UsageError("--type \(type): F32, F16 or BF16 expected")
        }
        self.type = type
        threads = try arguments.integer("threads", in: 1...1024) ?? ProcessInfo.processInfo.activeProcessorCount
        converter = CheckpointConverter(
            python: arguments.value("python") ?? "python3", training: arguments.value("training") ?? "training")
    }

    package func run(_ console: Console) async throws(Failure) {
        guard CheckpointConverter.isNeeded(checkpoint) else {
            return try importBundle(weights: checkpoint, manifest: manifest, console)
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "hilum-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let converted = try await converter.convert(checkpoint, manifest: manifest, into: folder)
        try importBundle(weights: converted.weights, manifest: converted.manifest, console)
    }

    private func importBundle(weights: String, manifest: String, _ console: Console) throws(Failure) {
        let draft = try DraftManifest(json: InputFiles.read(manifest), name: manifest)
        guard draft.hasGolden else {
            throw Failure(.file, "\(manifest): golden is missing, the output that PyTorch gives to the golden input")
        }
        let tensors: Safetensors
        let pool: ComputePool
        do throws(NeuralNetworkError) {
            tensors = try Safetensors(path: weights)
            pool = try ComputePool(threads: threads)
        } catch {
            throw Failure(.file, "\(checkpoint): \(BundleImport.text(error))")
        }
        let result = try BundleImport(draft, tensors, as: type, pool: pool).run(into: out)
        console.print(
            """
            \(result.folder.relativePath): \(result.tensors) tensors, \(Text.bytes(result.bytes))
            golden output: within \(Self.number(result.difference)) as in the checkpoint, within \
            \(Self.number(result.storedDifference)) as stored (\(type.rawValue))
            """)
    }

    private static func number(_ value: Double) -> String { String(format: "%.2g", value) }
}
