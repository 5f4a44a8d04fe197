import Foundation
import Wire

extension InferenceRequest {
    /// Reads the HTTP form.
    ///
    /// - Returns: the request, and whether each of its outputs is wanted as bytes after the JSON.
    /// - Throws: `InferenceError`, `WireError`.
    static func read(_ body: InferenceBody, for model: HostedModel) throws -> (InferenceRequest, isBinary: [Bool]) {
        try body.json.withUnsafeBytes { raw in
            var text = JSONText(raw.bindMemory(to: UInt8.self))
            let header = try InferenceHeader(&text)
            if let name = header.unsupportedParameter { throw InferenceError.unsupportedParameter(name: name) }
            guard header.id.utf8.count <= longestID else {
                throw InferenceError.identifierTooLong(limit: longestID)
            }
            var binary = body.binary
            let expected = try Self.binarySize(of: header.inputs, available: binary.count)
            guard expected == binary.count else {
                throw InferenceError.wrongBinarySize(expected: expected, found: binary.count)
            }
            let inputs = try header.inputs.map { try tensor($0, text, &binary, model.input(named: $0.name)) }
            var request = try InferenceRequest(model, inputs: inputs, outputs: header.outputs.map(\.name))
            request.id = header.id
            request.timeout = try timeout(header)
            let wishes = header.outputs.isEmpty ? request.outputs.map { _ in nil } : header.outputs.map(\.isBinary)
            return (request, wishes.map { $0 ?? header.isBinary })
        }
    }

    /// Bytes of all binary tensors together.
    private static func binarySize(
        of inputs: [InferenceHeader.Input], available: Int
    ) throws(InferenceError) -> Int {
        var sum = 0
        for case let size? in inputs.map(\.binarySize) {
            let (next, overflow) = sum.addingReportingOverflow(Int(size))
            guard size >= 0, !overflow else { throw .wrongBinarySize(expected: Int(size), found: available) }
            sum = next
        }
        return sum
    }

    /// - Parameter binary: what is left of the bytes after the JSON.
    private static func tensor(
        _ input: InferenceHeader.Input, _ text: JSONText, _ binary: inout Data, _ description: TensorDescription
    ) throws -> Tensor {
        let count = try description.check(datatype: input.datatype, shape: input.shape)
        let bytes: Data
        switch (input.data, input.binarySize) {
        case (let data?, nil):
            var text = text
            text.offset = data
            bytes = try JSONElements.read(text, description, shape: input.shape, count: count)
        case (nil, let size?):
            bytes = binary.prefix(Int(size))
            binary = binary.dropFirst(Int(size))
        default: throw InferenceError.noElements(tensor: description.name)
        }
        return try Tensor(description.name, description.datatype, shape: input.shape, bytes: bytes)
    }

    private static func timeout(_ header: InferenceHeader) throws(InferenceError) -> Duration? {
        guard let microseconds = header.timeoutMicroseconds else { return nil }
        guard microseconds >= 0 else {
            throw .invalidParameter(name: "timeout", expected: "microseconds, not negative")
        }
        return timeout(microseconds: microseconds)
    }
}
