package import Foundation

/// The proto3 JSON form (https://protobuf.dev/programming-guides/json).
extension Message {
    /// Reads the JSON form: lowerCamelCase names or those of the proto, enums by name or number, base64 of either
    /// alphabet, 64-bit integers as strings or numbers; `null` is the default; unknown fields are ignored.
    ///
    /// Nothing of the text but the known fields is kept, so memory is bounded by the message itself.
    ///
    /// - Throws: `WireError.invalidJSON`, `.unexpectedJSON`, `.tooDeep` or `.tooLarge`.
    package init(jsonUTF8: Data) throws(WireError) {
        let budget = JSONBudget(message: Self.fullName, forBytes: jsonUTF8.count)
        let read: Result<Self, WireError> = jsonUTF8.withUnsafeBytes { bytes in
            var text = JSONText(bytes.bindMemory(to: UInt8.self))
            do throws(WireError) {
                text.skipSpace()
                let message = try JSONReader.read(Self.self, &text, depth: 0, budget)
                text.skipSpace()
                guard text.next == nil else { throw text.invalid("text after the message") }
                return .success(message)
            } catch {
                return .failure(error)
            }
        }
        self = try read.get()
    }

    /// The JSON form: lowerCamelCase names, fields in order of their numbers, defaults left out.
    package func jsonUTF8(pretty: Bool = false) throws(WireError) -> Data {
        let output = JSONOutput(pretty: pretty)
        try JSONWriter.write(self, to: output)
        return Data(output.bytes)
    }
}
