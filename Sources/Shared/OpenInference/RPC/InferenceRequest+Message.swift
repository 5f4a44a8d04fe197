import Foundation
import Wire

extension InferenceRequest {
    /// Reads the gRPC form; raw contents are taken over, not copied.
    ///
    /// - Throws: `InferenceError`
    init(_ message: ModelInferRequest, for model: HostedModel) throws(InferenceError) {
        for (field, count) in [("inputs", message.inputs.count), ("outputs", message.outputs.count)] {
            guard count <= Self.mostTensors else { throw .tooMany(field: field, limit: Self.mostTensors) }
        }
        guard message.id.utf8.count <= Self.longestID else { throw .identifierTooLong(limit: Self.longestID) }
        for output in message.outputs {
            for name in output.parameters.keys { try UnsupportedParameters.check(name) }
        }
        try self.init(model, inputs: Self.inputs(of: message, for: model), outputs: message.outputs.map(\.name))
        id = message.id
        timeout = try Self.timeout(in: message.parameters)
    }

    private static func inputs(
        of message: ModelInferRequest, for model: HostedModel
    ) throws(InferenceError) -> [Tensor] {
        let raw = message.rawInputContents
        let hasContents = message.inputs.contains { !($0.contents?.isEmpty ?? true) }
        guard raw.isEmpty || raw.count == message.inputs.count && !hasContents else {
            throw .wrongRawContents(inputs: message.inputs.count, found: raw.count)
        }
        var tensors: [Tensor] = []
        for (index, input) in message.inputs.enumerated() {
            let bytes = raw.isEmpty ? nil : raw[index]
            tensors.append(try tensor(input, raw: bytes, model.input(named: input.name)))
        }
        return tensors
    }

    private static func tensor(
        _ input: ModelInferRequest.InferInputTensor, raw: Data?, _ description: TensorDescription
    ) throws(InferenceError) -> Tensor {
        for name in input.parameters.keys { try UnsupportedParameters.check(name) }
        let shape = input.shape.map(Int.init)
        let count = try description.check(datatype: input.datatype, shape: shape)
        guard let raw else {
            let bytes = try description.bytes(of: input.contents ?? InferTensorContents(), count: count)
            return try Tensor(description.name, description.datatype, shape: shape, bytes: bytes)
        }
        return try Tensor(description.name, description.datatype, shape: shape, bytes: raw)
    }

    private static func timeout(in parameters: [String: InferParameter]) throws(InferenceError) -> Duration? {
        for name in parameters.keys { try UnsupportedParameters.check(name) }
        switch parameters["timeout"]?.choice {
        case nil: return nil
        case .int64(let microseconds) where microseconds >= 0: return timeout(microseconds: microseconds)
        case .uint64(let microseconds): return timeout(microseconds: Int64(clamping: microseconds))
        default: throw .invalidParameter(name: "timeout", expected: "microseconds, not negative")
        }
    }

    /// As Triton's clients say it: 0 for none.
    static func timeout(microseconds: Int64) -> Duration? {
        microseconds == 0 ? nil : .microseconds(microseconds)
    }
}

extension ModelInferResponse {
    /// The answer with raw contents, or with typed ones.
    init(
        _ request: InferenceRequest, _ outputs: [Tensor], of model: HostedModel, raw: Bool
    ) throws(InferenceError) {
        var messages: [InferOutputTensor] = []
        for output in outputs {
            messages.append(
                InferOutputTensor(
                    name: output.name, datatype: output.datatype.rawValue, shape: output.shape.map(Int64.init),
                    contents: raw ? nil : try output.contents()))
        }
        self.init(
            modelName: model.name, modelVersion: model.version, id: request.id,
            parameters: ["intended_use": InferParameter(.string(model.intendedUse))], outputs: messages,
            rawOutputContents: raw ? outputs.map(\.bytes) : [])
    }
}
