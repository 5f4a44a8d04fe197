import Foundation
package import NeuralNetwork
package import Wire

/// A bundle that answers: its network, how its input is made, and what its outputs mean.
package struct ClassifierModel: Sendable {
    package let ref: ModelRef
    /// One for each output of the network.
    package let rules: [FindingRule]
    /// Rows and columns of the input.
    package let inputSize: Int
    /// Mean and standard deviation by channel, of values 0…1.
    package let normalisation: [(mean: Float, deviation: Float)]
    package let network: EfficientNet

    /// - Throws: `NeuralNetworkError.manifestMalformed` naming the field that a classifier cannot do without.
    package init(_ manifest: ModelManifest, _ network: EfficientNet) throws(NeuralNetworkError) {
        guard manifest.input.intensity.scale == .unit else {
            throw .manifestMalformed(field: "input.intensity.scale", reason: "a chest image is already 0…1")
        }
        ref = ModelRef(manifest)
        self.network = network
        inputSize = network.configuration.inputSize
        normalisation = zip(manifest.input.intensity.mean, manifest.input.intensity.std).map { (Float($0), Float($1)) }
        var rules: [FindingRule] = []
        for (index, output) in manifest.outputs.enumerated() {
            rules.append(try FindingRule(output, field: "outputs.\(index)"))
        }
        self.rules = rules
    }

    /// The network's input: `[C, size, size]`, each channel the grey image with its own mean and deviation.
    ///
    /// - Parameter square: `[size, size]`, 0…1.
    package func input(_ square: [Float]) -> [Float] {
        normalisation.flatMap { channel in square.map { ($0 - channel.mean) / channel.deviation } }
    }

    /// What was done to the pixels for this network, in words.
    var inputStep: String {
        let channels = normalisation.map { "mean \($0.mean) and standard deviation \($0.deviation)" }
        return "padded to a square, resized to \(inputSize) × \(inputSize) with antialiasing, "
            + "normalised by \(channels.joined(separator: ", ")) for \(ref.name)/\(ref.version)"
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
