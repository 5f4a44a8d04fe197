import HTTP

/// gRPC over HTTP/2 (grpc/grpc doc/PROTOCOL-HTTP2.md): all four shapes; the status stands in the trailers of HTTP.
struct GRPCProtocol: EnvelopedProtocol {
    static let transport = CallContext.Transport.grpc
    static let undecodable = RPCStatus.Code.internal

    let limits: RPCLimits
    let body: HTTPBody
    private let requestFields: HTTPFields
    private let codec: Codec
    private let contentType: String

    /// - Throws: 505, 405 or 415 for what cannot be gRPC.
    init(_ request: HTTPRequest, _ type: MediaType, _ limits: RPCLimits) throws(HTTPRefusal) {
        guard request.version == .http2 else { throw HTTPRefusal(response: .text(505, "gRPC needs HTTP/2\n")) }
        guard request.method == "POST" else { throw .verb(allowed: "POST") }
        guard let codec = Self.codec(type.essence) else { throw .mediaType(accepted: Self.accepted) }
        self.limits = limits
        body = request.body
        requestFields = request.fields
        self.codec = codec
        contentType = type.essence
    }

    private static func codec(_ type: String) -> Codec? {
        switch type {
        case "application/grpc", "application/grpc+proto": .proto
        case "application/grpc+json": .json
        default: nil
        }
    }

    private static let accepted = "application/grpc, application/grpc+proto, application/grpc+json"

    func head(of method: RegisteredMethod) throws -> CallHead {
        try GRPCFields.head(requestFields, codec)
    }

    func fields(_ leading: Metadata, compression: Compression) -> HTTPFields {
        GRPCFields.response(contentType, leading, compression)
    }

    func end(_ status: RPCStatus, _ trailing: Metadata) -> AnswerEnd {
        .trailers(GRPCFields.trailers(status, trailing))
    }
}
