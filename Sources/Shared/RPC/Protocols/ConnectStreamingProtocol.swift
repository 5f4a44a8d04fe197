import Foundation
import HTTP

/// Connect's streams (connectrpc.com/docs/protocol, "Streaming-Request") over any HTTP, HTTP/1.1 included: messages in
/// envelopes; the last envelope holds the error and the trailing metadata in JSON.
struct ConnectStreamingProtocol: EnvelopedProtocol {
    static let transport = CallContext.Transport.connect
    static let undecodable = RPCStatus.Code.invalidArgument
    static let accepted = "application/connect+proto, application/connect+json"
    /// The flag of the envelope that ends an answer.
    private static let endFlag: UInt8 = 2

    let limits: RPCLimits
    private let request: HTTPRequest
    private let codec: Codec

    var body: HTTPBody { request.body }

    /// - Throws: 405 or 415 for what cannot be a stream of Connect.
    init(_ request: HTTPRequest, _ type: MediaType, _ limits: RPCLimits) throws(HTTPRefusal) {
        guard request.method == "POST" else { throw .verb(allowed: "POST") }
        guard let codec = Self.codecs[type.essence] else { throw .mediaType(accepted: Self.accepted) }
        self.limits = limits
        self.request = request
        self.codec = codec
    }

    private static let codecs: [String: Codec] = [
        "application/connect+proto": .proto, "application/connect+json": .json,
    ]

    func head(of method: RegisteredMethod) throws -> CallHead {
        guard case .streaming = method.handler else {
            throw HTTPRefusal.mediaType(accepted: ConnectUnaryProtocol.accepted)
        }
        try ConnectFields.checkVersion(request.fields)
        return CallHead(
            codec: codec, timeout: try ConnectFields.timeout(request.fields),
            requestCompression: try Compression(named: request.fields["connect-content-encoding"]),
            responseCompression: Compression(acceptedBy: request.fields["connect-accept-encoding"]))
    }

    func fields(_ leading: Metadata, compression: Compression) -> HTTPFields {
        var fields: HTTPFields = [
            "content-type": "application/connect+\(codec.rawValue)", "connect-accept-encoding": Compression.list,
        ]
        if compression != .identity { fields.append("connect-content-encoding", compression.rawValue) }
        fields.append(leading.fields())
        return fields
    }

    func end(_ status: RPCStatus, _ trailing: Metadata) -> AnswerEnd {
        .envelope(Envelope.encode(ConnectEnd(status, trailing).encoded(), flags: Self.endFlag))
    }
}

/// The JSON that ends a stream ("EndStreamResponse").
private struct ConnectEnd: Encodable {
    let error: ConnectError?
    /// The values under each key.
    let metadata: [String: [String]]?

    init(_ status: RPCStatus, _ trailing: Metadata) {
        error = status.code == .ok ? nil : ConnectError(status)
        let fields = trailing.fields()
        metadata = fields.isEmpty ? nil : Dictionary(grouping: fields, by: \.name).mapValues { $0.map(\.value) }
    }

    func encoded() -> Data { ConnectError.encoded(self) }
}
