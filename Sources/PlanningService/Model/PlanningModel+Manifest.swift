package import NeuralNetwork
import Preprocessing
import Wire

extension PlanningModel {
    /// - Throws: `NeuralNetworkError.manifestMalformed` naming the field that planning cannot do without.
    package init(_ manifest: ModelManifest, _ network: VNet) throws(NeuralNetworkError) {
        let input = try VolumeInput(manifest.input)
        var outputs = [Output]()
        for (index, output) in manifest.outputs.enumerated() {
            outputs.append(try Output(output, field: "outputs.\(index)"))
        }
        let views = outputs.map(\.view)
        guard Set(views).count == views.count else {
            throw .manifestMalformed(field: "outputs", reason: "a view stands twice")
        }
        for view in CardiacView.core where !views.contains(view) {
            throw .manifestMalformed(field: "outputs", reason: "\(view.rawValue) is missing")
        }
        self.init(
            reference: ModelRef(manifest), input: input, outputs: outputs, network: network,
            trainedOn: manifest.reference?.input ?? [:])
    }
}

extension PlanningModel.Output {
    init(_ output: ModelManifest.Output, field: String) throws(NeuralNetworkError) {
        guard let view = output.view.flatMap(CardiacView.init(rawValue:)) else {
            throw .manifestMalformed(field: "\(field).view", reason: "no known view")
        }
        guard output.encoding == nil || output.encoding == "clip" else {
            throw .manifestMalformed(field: "\(field).encoding", reason: "not clip")
        }
        let lengths = 1.0...500
        guard let truncation = output.truncation_mm, lengths.contains(truncation) else {
            throw .manifestMalformed(field: "\(field).truncation_mm", reason: "not 1 to 500 mm")
        }
        guard let scale = output.scale_mm, lengths.contains(scale) else {
            throw .manifestMalformed(field: "\(field).scale_mm", reason: "not 1 to 500 mm")
        }
        self.init(view: view, truncationMillimetres: truncation, scaleMillimetres: scale)
    }
}

extension VNet: DistanceNetwork {
    package func distances(_ input: [Float], depth: Int, height: Int, width: Int) throws -> [Float] {
        try run(input, shape: (depth, height, width))
    }

    package func distances(
        _ input: UnsafeBufferPointer<Float>, depth: Int, height: Int, width: Int
    ) throws -> [Float] {
        try run(input, shape: (depth, height, width))
    }
}

extension ModelRef {
    /// The reference of the bundle with this manifest.
    init(_ manifest: ModelManifest) {
        self.init(
            name: manifest.name, version: manifest.version, weightsSha256: manifest.weights.sha256.lowercased(),
            intendedUse: manifest.intended_use ?? "")
    }
}
