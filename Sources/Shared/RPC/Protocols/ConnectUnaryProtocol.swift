import Foundation
import HTTP

/// Connect's unary calls (connectrpc.com/docs/protocol, "Unary-Request") over any HTTP: a plain message in a plain
/// body, so that curl will do; a method without side effects also takes GET.
struct ConnectUnaryProtocol: ServerProtocol {
    static let transport = CallContext.Transport.connect
    static let undecodable = RPCStatus.Code.invalidArgument
    static let accepted = "application/proto, application/json"

    private let limits: RPCLimits
    private let request: HTTPRequest
    private let type: MediaType

    init(_ request: HTTPRequest, _ type: MediaType, _ limits: RPCLimits) {
        self.limits = limits
        self.request = request
        self.type = type
    }

    func respond(to call: ServerCall) async -> HTTPResponse {
        let metadata = call.context.response
        guard case .unary(let handler) = call.method.handler else { return failure(.noSuchMethod, metadata) }
        switch await call.unary(handler, { try await message(call.head.requestCompression) }) {
        case .success(let message): return success(message, call)
        case .failure(let status): return failure(status, metadata)
        }
    }
}

// MARK: Requests
extension ConnectUnaryProtocol {
    private var isGET: Bool { request.method == "GET" }

    func head(of method: RegisteredMethod) throws -> CallHead {
        switch request.method {
        case "POST": break
        case "GET" where method.hasNoSideEffects: break
        default: throw HTTPRefusal.verb(allowed: method.hasNoSideEffects ? "GET, POST" : "POST")
        }
        guard case .unary = method.handler else {
            throw HTTPRefusal.mediaType(accepted: ConnectStreamingProtocol.accepted)
        }
        let (codec, compression) = isGET ? try queryForm() : try bodyForm()
        try ConnectFields.checkVersion(request.fields)
        return CallHead(
            codec: codec, timeout: try ConnectFields.timeout(request.fields),
            requestCompression: try Compression(named: compression),
            responseCompression: Compression(acceptedBy: request.fields["accept-encoding"]))
    }

    private func bodyForm() throws(HTTPRefusal) -> (Codec, compression: String?) {
        guard let codec = type.connectCodec else { throw .mediaType(accepted: Self.accepted) }
        return (codec, request.fields["content-encoding"])
    }

    private func queryForm() throws -> (Codec, compression: String?) {
        let query = ConnectQuery(request.query ?? "")
        guard (query["connect"] ?? "v1") == "v1" else { throw RPCStatus(.invalidArgument, "connect is not v1") }
        guard let encoding = query["encoding"] else { throw RPCStatus(.invalidArgument, "encoding is missing") }
        guard let codec = Codec(rawValue: encoding) else { throw HTTPRefusal.mediaType(accepted: Self.accepted) }
        return (codec, query["compression"])
    }

    /// The message of the call, inflated.
    private func message(_ compression: Compression) async throws(RPCStatus) -> Data {
        let limit = limits.maxMessageBytes
        if isGET { return try compression.decompress(queryMessage(), limit: limit) }
        let body: Data
        do {
            body = try await request.body.collect(limit: limit)
        } catch {
            throw RPCStatus(bodyError: error, messageLimit: limit)
        }
        return try compression.decompress(body, limit: limit)
    }

    private func queryMessage() throws(RPCStatus) -> Data {
        let query = ConnectQuery(request.query ?? "")
        guard let text = query["message"] else { throw RPCStatus(.invalidArgument, "message is missing") }
        guard query["base64"] == "1" else { return Data(text.utf8) }
        guard let message = Data(anyBase64: text) else { throw RPCStatus(.invalidArgument, "message is not base64") }
        return message
    }
}

// MARK: Answers
extension ConnectUnaryProtocol {
    private func success(_ message: Data, _ call: ServerCall) -> HTTPResponse {
        let metadata = call.context.response
        let packed = call.head.responseCompression.compress(message)
        var fields: HTTPFields = ["content-type": "application/\(call.head.codec.rawValue)"]
        if packed != nil { fields.append("content-encoding", call.head.responseCompression.rawValue) }
        // A cache may keep what GET brings, one copy for each form.
        if isGET { fields.append("vary", "accept-encoding") }
        append(metadata, to: &fields)
        return HTTPResponse(status: 200, fields: fields, body: .data(packed ?? message))
    }

    func failure(_ status: RPCStatus, _ metadata: ResponseMetadata) -> HTTPResponse {
        var fields: HTTPFields = ["content-type": "application/json"]
        if status.code == .unimplemented { fields.append("accept-encoding", Compression.list) }
        append(metadata, to: &fields)
        let httpStatus = status == .noSuchMethod ? 404 : status.httpStatus
        return HTTPResponse(status: httpStatus, fields: fields, body: .data(ConnectError.encode(status)))
    }

    /// Trailing metadata stand in the head too, by their prefix.
    private func append(_ metadata: ResponseMetadata, to fields: inout HTTPFields) {
        fields.append(metadata.leading.fields())
        fields.append(metadata.trailing.fields(prefix: "trailer-"))
    }
}
