import Foundation
package import NeuralNetwork
import RPC
import ServiceKit
package import Wire

/// The bundles of a classifier: those that answer, and what is known of all.
package struct ModelPanel: Sendable {
    /// Those that answer, by name.
    package let models: [ClassifierModel]
    /// Every bundle found, ready or not, by name, then version.
    package let infos: [ModelInfo]

    /// No bundle.
    package static let empty = ModelPanel(models: [], infos: [])

    private init(models: [ClassifierModel], infos: [ModelInfo]) {
        self.models = models
        self.infos = infos
    }

    /// Loads every bundle with an EfficientNet; blocks for as long as that takes.
    ///
    /// - Parameter failed: told of each bundle that does not answer.
    /// - Throws: `NeuralNetworkError.fileUnreadable` when the folder cannot be listed.
    package static func load(
        root: String, pool: ComputePool, precision: Precision = .float32,
        failed: (_ name: String, _ version: String, NeuralNetworkError) -> Void = { _, _, _ in }
    ) throws(NeuralNetworkError) -> ModelPanel {
        let store = try ModelStore.load(root: root, pool: pool, precision: precision) {
            $0.architecture.type == .efficientNet
        }
        var models: [ClassifierModel] = []
        var infos: [ModelInfo] = []
        func fail(_ name: String, _ version: String, _ error: NeuralNetworkError) {
            failed(name, version, error)
            infos.append(ModelInfo(ref: ModelRef(name: name, version: version), reason: error.rpcStatus.message))
        }
        for failure in store.failures { fail(failure.name, failure.version, failure.error) }
        for model in store.models {
            guard case .efficientNet(let network) = model.network else { continue }
            do throws(NeuralNetworkError) {
                models.append(try ClassifierModel(model.manifest, network))
                infos.append(ModelInfo(model.manifest))
            } catch {
                fail(model.manifest.name, model.manifest.version, error)
            }
        }
        infos.sort {
            let first = ($0.ref?.name ?? "", $0.ref?.version ?? "")
            return first < ($1.ref?.name ?? "", $1.ref?.version ?? "")
        }
        return ModelPanel(models: models, infos: infos)
    }

    /// Which models and outputs answer a request for `name`.
    package func parts(for name: String) throws(ClassificationError) -> [(model: ClassifierModel, outputs: [Int])] {
        let candidates = models.map {
            ModelSelection.Candidate(name: $0.ref.name, version: $0.ref.version, codes: $0.rules.map(\.code))
        }
        return try ModelSelection(of: candidates, for: name).parts.map { (models[$0.candidate], $0.outputs) }
    }
}

extension ModelInfo {
    /// A bundle that is ready.
    fileprivate init(_ manifest: ModelManifest) {
        let variant = manifest.architecture.variant.map { " efficientnet-\($0)" } ?? ""
        self.init(
            ref: ModelRef(manifest), architecture: manifest.architecture.type.rawValue + variant,
            inputShape: ([manifest.architecture.in_channels] + manifest.input.size).map(Int64.init),
            outputs: manifest.outputs.map { $0.code ?? "" }, provenance: manifest.provenance.map(Self.text) ?? "",
            ready: true)
    }

    /// What a manifest says of its provenance, as JSON.
    private static func text(_ value: JSONValue) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
