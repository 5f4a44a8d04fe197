import Foundation

/// The models of a folder `<root>/<name>/<version>/model.json`: of every name the newest version that works.
package struct ModelStore: Sendable {
    /// A bundle whose network is loaded and has reproduced its golden output.
    package struct Model: Sendable {
        package let bundle: ModelBundle
        package let network: Network
        package var manifest: ModelManifest { bundle.manifest }
    }

    /// A version that does not work, and why.
    package struct Failure: Equatable, Sendable {
        package let name: String
        package let version: String
        package let error: NeuralNetworkError
    }

    /// One a name, sorted by name.
    package let models: [Model]
    /// Newer versions that were passed over.
    package let failures: [Failure]

    /// Loads, checks and warms up the models; blocks for as long as that takes.
    ///
    /// - Parameters:
    ///   - precision: of EfficientNets.
    ///   - isWanted: false for a manifest that is none of the caller's; such a bundle is left out.
    /// - Throws: `fileUnreadable` when the root cannot be listed. A bundle that fails is no error: it stands in
    ///   `failures`, and the version before it serves.
    package static func load(
        root: String, pool: ComputePool, precision: Precision = .float32,
        where isWanted: (ModelManifest) -> Bool = { _ in true }
    ) throws(NeuralNetworkError) -> ModelStore {
        var models: [Model] = []
        var failures: [Failure] = []
        for name in try folders(in: root) {
            for version in try folders(in: "\(root)/\(name)").sorted(by: isNewer) {
                do throws(NeuralNetworkError) {
                    let bundle = try bundle(name: name, version: version, root: root)
                    guard isWanted(bundle.manifest) else { break }
                    models.append(try model(bundle, pool: pool, precision: precision))
                    break
                } catch {
                    failures.append(Failure(name: name, version: version, error: error))
                }
            }
        }
        return ModelStore(models: models, failures: failures)
    }

    private static func bundle(
        name: String, version: String, root: String
    ) throws(NeuralNetworkError) -> ModelBundle {
        let bundle = try ModelBundle(directory: "\(root)/\(name)/\(version)")
        guard bundle.manifest.name == name else {
            throw .manifestMalformed(field: "name", reason: "differs from its folder")
        }
        guard bundle.manifest.version == version else {
            throw .manifestMalformed(field: "version", reason: "differs from its folder")
        }
        return bundle
    }

    private static func model(
        _ bundle: ModelBundle, pool: ComputePool, precision: Precision
    ) throws(NeuralNetworkError) -> Model {
        let network = try bundle.makeNetwork(pool: pool, precision: precision)
        try bundle.verifyGolden(network)
        return Model(bundle: bundle, network: network)
    }

    /// "10" is newer than "9", "1.10" newer than "1.9".
    private static func isNewer(_ a: String, _ b: String) -> Bool {
        a.compare(b, options: .numeric) == .orderedDescending
    }

    /// The visible folders of a folder, sorted. Names that begin with a dot are unfinished or temporary.
    private static func folders(in path: String) throws(NeuralNetworkError) -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw .fileUnreadable(file: (path as NSString).lastPathComponent, code: ENOENT)
        }
        return names.filter { name in
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isFolder)
            return exists && isFolder.boolValue && !name.hasPrefix(".")
        }.sorted()
    }
}
