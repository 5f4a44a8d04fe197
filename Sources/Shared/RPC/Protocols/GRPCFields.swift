import HTTP

/// The fields that gRPC and gRPC-Web have in common (grpc/grpc doc/PROTOCOL-HTTP2.md).
enum GRPCFields {
    /// What a request's fields say of its call.
    ///
    /// - Throws: `unimplemented` for a compression we lack, `internal` for a malformed time-out.
    static func head(_ fields: HTTPFields, _ codec: Codec) throws(RPCStatus) -> CallHead {
        CallHead(
            codec: codec, timeout: try timeout(fields["grpc-timeout"]),
            requestCompression: try Compression(named: fields["grpc-encoding"]),
            responseCompression: Compression(acceptedBy: fields["grpc-accept-encoding"]))
    }

    private static let acceptEncoding = HTTPFields.Field(
        lowercaseName: "grpc-accept-encoding", value: "identity,gzip")

    /// The fields before an answer's messages.
    static func response(_ contentType: String, _ leading: Metadata, _ compression: Compression) -> HTTPFields {
        var fields = HTTPFields(capacity: 4)
        fields.append(HTTPFields.Field(lowercaseName: "content-type", value: contentType))
        fields.append(acceptEncoding)
        if compression != .identity { fields.append("grpc-encoding", compression.rawValue) }
        if !leading.entries.isEmpty { fields.append(leading.fields()) }
        return fields
    }

    /// The fields that end an answer.
    static func trailers(_ status: RPCStatus, _ trailing: Metadata) -> HTTPFields {
        var fields = HTTPFields(capacity: 4)
        fields.append(HTTPFields.Field(lowercaseName: "grpc-status", value: String(status.code.rawValue)))
        if !status.message.isEmpty { fields.append("grpc-message", PercentEncoding.encode(status.message)) }
        if !status.details.isEmpty {
            fields.append("grpc-status-details-bin", GoogleRPCStatus.encode(status).unpaddedBase64)
        }
        if !trailing.entries.isEmpty { fields.append(trailing.fields()) }
        return fields
    }

    /// `grpc-timeout`: at most eight digits and a unit.
    private static func timeout(_ text: String?) throws(RPCStatus) -> Duration? {
        guard let text else { return nil }
        let digits = text.dropLast()
        guard let unit = text.last, (1...8).contains(digits.count), digits.utf8.allSatisfy({ (0x30...0x39) ~= $0 }),
            let count = Int(digits), let duration = duration(count, unit)
        else { throw RPCStatus(.internal, "grpc-timeout is malformed") }
        return duration
    }

    private static func duration(_ count: Int, _ unit: Character) -> Duration? {
        switch unit {
        case "H": .seconds(count * 3600)
        case "M": .seconds(count * 60)
        case "S": .seconds(count)
        case "m": .milliseconds(count)
        case "u": .microseconds(count)
        case "n": .nanoseconds(count)
        default: nil
        }
    }
}
