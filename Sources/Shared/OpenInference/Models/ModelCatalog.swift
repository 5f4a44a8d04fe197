/// The models of a program: those that answer and those that were found but do not.
package struct ModelCatalog: Sendable {
    package let models: [HostedModel]
    package let unavailable: [UnavailableModel]

    /// No model.
    package static let empty = ModelCatalog(models: [], unavailable: [])

    package init(models: [HostedModel], unavailable: [UnavailableModel] = []) {
        self.models = models
        self.unavailable = unavailable
    }

    /// The model of a name and version; an empty version means the one that is served.
    ///
    /// - Throws: `InferenceError.modelNotReady`, `.unknownModel`.
    func model(_ name: String, version: String) throws(InferenceError) -> HostedModel {
        if let model = models.first(where: { $0.name == name && (version.isEmpty || $0.version == version) }) {
            return model
        }
        if let broken = unavailable.first(where: { $0.name == name && (version.isEmpty || $0.version == version) }) {
            throw .modelNotReady(reason: broken.reason)
        }
        throw .unknownModel(known: models.map { "\($0.name)/\($0.version)" })
    }

    /// One line of the repository's index.
    struct Entry: Equatable {
        let name: String
        let version: String
        /// Why the model does not answer; nil where it does.
        let reason: String?

        /// In Triton's words.
        var state: String { reason == nil ? "READY" : "UNAVAILABLE" }
    }

    /// Every version found, by name, then version.
    func index(readyOnly: Bool) -> [Entry] {
        let ready = models.map { Entry(name: $0.name, version: $0.version, reason: nil) }
        let others = unavailable.map { Entry(name: $0.name, version: $0.version, reason: $0.reason) }
        return (readyOnly ? ready : ready + others).sorted { ($0.name, $0.version) < ($1.name, $1.version) }
    }
}
