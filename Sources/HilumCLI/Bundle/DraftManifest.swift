package import Foundation
package import NeuralNetwork

/// A `model.json` that does not know its weights yet. Fields that this version does not know are kept.
package struct DraftManifest: Sendable {
    private var fields: [String: JSONValue]

    /// - Throws: exit code 4 for what is no JSON object.
    package init(json: Data, name: String) throws(Failure) {
        guard let fields = try? JSONDecoder().decode([String: JSONValue].self, from: json) else {
            throw Failure(.file, "\(name): not a JSON object")
        }
        self.fields = fields
    }

    package var hasGolden: Bool { fields["golden"] != nil }

    /// The manifest with its weights, valid, and its bytes.
    ///
    /// - Parameter notes: added to `provenance`.
    /// - Throws: `NeuralNetworkError.manifestMalformed` naming the field.
    package func manifest(
        sha256: String, goldenTolerance: Double? = nil, notes: [String: JSONValue] = [:]
    ) throws -> (value: ModelManifest, json: Data) {
        var fields = fields
        fields["weights"] = .object(["file": .string(Self.weightsFile), "sha256": .string(sha256)])
        if let goldenTolerance, case .object(var golden) = fields["golden"] {
            golden["tolerance"] = .number(goldenTolerance)
            fields["golden"] = .object(golden)
        }
        if !notes.isEmpty {
            var provenance: [String: JSONValue] = [:]
            switch fields["provenance"] {
            case .object(let known): provenance = known
            case .some(let other): provenance["source"] = other
            case nil: break
            }
            fields["provenance"] = .object(provenance.merging(notes) { _, new in new })
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let json = try encoder.encode(fields) + Data("\n".utf8)
        return (try ModelManifest(json: json), json)
    }

    package static let weightsFile = "model.safetensors"
}
