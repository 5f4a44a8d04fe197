import Foundation
package import NeuralNetwork
import RPC
import ServiceKit
package import Wire

/// The bundles of a planner: those that answer, and what is known of all.
package struct ModelShelf: Sendable {
    /// Those that answer, by name.
    package let models: [PlanningModel]
    /// Every bundle found, ready or not, by name, then version.
    package let infos: [ModelInfo]

    package static let empty = ModelShelf(models: [], infos: [])

    package init(models: [PlanningModel], infos: [ModelInfo]) {
        self.models = models
        self.infos = infos
    }

    /// Loads every bundle with a V-Net; blocks for as long as that takes.
    ///
    /// - Parameter failed: told of each bundle that does not answer.
    /// - Throws: `NeuralNetworkError.fileUnreadable` when the folder cannot be listed.
    package static func load(
        root: String, pool: ComputePool,
        failed: (_ name: String, _ version: String, NeuralNetworkError) -> Void = { _, _, _ in }
    ) throws(NeuralNetworkError) -> ModelShelf {
        let store = try ModelStore.load(root: root, pool: pool) { $0.architecture.type == .vNet }
        var models = [PlanningModel]()
        var infos = [ModelInfo]()
        func fail(_ name: String, _ version: String, _ error: NeuralNetworkError) {
            failed(name, version, error)
            infos.append(ModelInfo(ref: ModelRef(name: name, version: version), reason: error.rpcStatus.message))
        }
        for failure in store.failures { fail(failure.name, failure.version, failure.error) }
        for model in store.models {
            guard case .vNet(let network) = model.network else { continue }
            do throws(NeuralNetworkError) {
                models.append(try PlanningModel(model.manifest, network))
                infos.append(ModelInfo(model.manifest))
            } catch {
                fail(model.manifest.name, model.manifest.version, error)
            }
        }
        infos.sort {
            let first = ($0.ref?.name ?? "", $0.ref?.version ?? "")
            return first < ($1.ref?.name ?? "", $1.ref?.version ?? "")
        }
        return ModelShelf(models: models, infos: infos)
    }

    /// The first by name, or the one named "name" or "name/version".
    package func model(named name: String) throws(PlanningError) -> PlanningModel {
        guard let first = models.first else { throw .noModelReady }
        guard !name.isEmpty else { return first }
        let named = models.first {
            name == $0.reference.name || name == "\($0.reference.name)/\($0.reference.version)"
        }
        guard let named else { throw .unknownModel(known: models.map(\.reference.name)) }
        return named
    }
}

extension ModelInfo {
    /// A bundle that is ready.
    fileprivate init(_ manifest: ModelManifest) {
        self.init(
            ref: ModelRef(manifest),
            architecture: "\(manifest.architecture.type.rawValue) width \(manifest.architecture.width ?? 16)",
            inputShape: ([manifest.architecture.in_channels] + manifest.input.size).map(Int64.init),
            outputs: manifest.outputs.map { $0.view ?? "" },
            provenance: manifest.provenance.map(Self.text) ?? "", ready: true)
    }

    /// What a manifest says of its provenance, as JSON.
    private static func text(_ value: JSONValue) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
