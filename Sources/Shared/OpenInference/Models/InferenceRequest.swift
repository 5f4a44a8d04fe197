/// One request for a model, whichever protocol carried it.
struct InferenceRequest: Sendable {
    /// Longest identifier in bytes: it goes back with the answer.
    static let longestID = 1024
    /// Inputs or outputs of a request at most.
    static let mostTensors = 64

    /// Comes back with the answer.
    var id = ""
    /// In the order of the model's descriptions.
    let inputs: [Tensor]
    /// Places of the outputs wanted, in the order of the answer.
    let outputs: [Int]
    /// How long the caller waits at most.
    var timeout: Duration?

    /// - Parameters:
    ///   - inputs: checked against the model's descriptions, in any order.
    ///   - outputs: names of those wanted; none for all.
    /// - Throws: `InferenceError` about missing, repeated or unknown tensors, or about the batch.
    init(_ model: HostedModel, inputs: [Tensor], outputs: [String]) throws(InferenceError) {
        var ordered: [Tensor] = []
        for description in model.inputs {
            let found = inputs.filter { $0.name == description.name }
            guard let first = found.first else { throw .missingInput(name: description.name) }
            guard found.count == 1 else { throw .repeatedTensor(name: description.name) }
            guard first.batch <= model.maxBatch else {
                throw .batchTooLarge(found: first.batch, limit: model.maxBatch)
            }
            guard first.batch == ordered.first?.batch ?? first.batch else { throw .unequalBatches }
            ordered.append(first)
        }
        self.inputs = ordered
        self.outputs = try Self.places(of: outputs, in: model)
    }

    private static func places(of names: [String], in model: HostedModel) throws(InferenceError) -> [Int] {
        guard !names.isEmpty else { return Array(model.outputs.indices) }
        var places: [Int] = []
        for name in names {
            guard let place = model.outputs.firstIndex(where: { $0.name == name }) else {
                throw .unknownTensor(known: model.outputs.map(\.name))
            }
            guard !places.contains(place) else { throw .repeatedTensor(name: model.outputs[place].name) }
            places.append(place)
        }
        return places
    }
}

extension HostedModel {
    /// The input with the name that a peer gives.
    func input(named name: String) throws(InferenceError) -> TensorDescription {
        guard let input = inputs.first(where: { $0.name == name }) else {
            throw .unknownTensor(known: inputs.map(\.name))
        }
        return input
    }
}

/// Parameters that ask for what is not offered: an answer without it would not be what was asked for.
enum UnsupportedParameters {
    private static let names: Set<String> = ["shared_memory_region", "classification", "sequence_id"]

    static func contains(_ name: String) -> Bool { names.contains(name) }

    static func check(_ name: String) throws(InferenceError) {
        if names.contains(name) { throw .unsupportedParameter(name: name) }
    }
}
