import Foundation
package import NeuralNetwork
package import Preprocessing
package import Wire

/// A bundle that answers: its network, how its input is made, and what its outputs mean.
package struct ClassifierModel: Sendable {
    package let ref: ModelRef
    /// One for each output of the network.
    package let rules: [FindingRule]
    package let input: ImageInput
    package let network: EfficientNet
    /// Ranges of input statistics that training knew.
    package let trainedOn: [String: [Double]]

    /// - Throws: `NeuralNetworkError.manifestMalformed` naming the field that a classifier cannot do without.
    package init(_ manifest: ModelManifest, _ network: EfficientNet) throws(NeuralNetworkError) {
        input = try ImageInput(manifest.input)
        ref = ModelRef(manifest)
        self.network = network
        trainedOn = manifest.reference?.input ?? [:]
        var rules: [FindingRule] = []
        for (index, output) in manifest.outputs.enumerated() {
            rules.append(try FindingRule(output, field: "outputs.\(index)"))
        }
        self.rules = rules
    }
}

extension ModelRef {
    /// The reference of the bundle with this manifest.
    package init(_ manifest: ModelManifest) {
        self.init(
            name: manifest.name, version: manifest.version, weightsSha256: manifest.weights.sha256.lowercased(),
            intendedUse: manifest.intended_use ?? "")
    }
}

extension FindingRule {
    /// - Throws: `NeuralNetworkError.manifestMalformed` naming what is missing or cannot be.
    package init(_ output: ModelManifest.Output, field: String) throws(NeuralNetworkError) {
        guard let code = output.code, !code.isEmpty else {
            throw .manifestMalformed(field: "\(field).code", reason: "missing")
        }
        guard let threshold = output.threshold, (0...1).contains(threshold) else {
            throw .manifestMalformed(field: "\(field).threshold", reason: "not 0 to 1")
        }
        guard let calibration = output.calibration, calibration.a.isFinite, calibration.b.isFinite else {
            throw .manifestMalformed(field: "\(field).calibration", reason: "missing")
        }
        guard let priority = Priority(manifestName: output.priority) else {
            throw .manifestMalformed(field: "\(field).priority", reason: "not ROUTINE, PRIORITY or URGENT")
        }
        self.init(
            code: code, display: output.display ?? code,
            codings: (output.codings ?? []).map { Coding(scheme: $0.scheme, value: $0.value, meaning: $0.meaning) },
            threshold: Float(threshold), slope: Float(calibration.a), offset: Float(calibration.b), priority: priority)
    }
}

extension Priority {
    /// A priority by its name in a manifest; none means routine.
    fileprivate init?(manifestName: String?) {
        switch manifestName {
        case nil, "ROUTINE": self = .routine
        case "PRIORITY": self = .priority
        case "URGENT": self = .urgent
        default: return nil
        }
    }
}
