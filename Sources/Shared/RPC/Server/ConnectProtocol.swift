import Foundation
import HTTP

/// Connect's unary calls (connectrpc.com/docs/protocol) over any HTTP: a plain message in a plain body, so that curl
/// will do. In and out of the internal form.
struct ConnectProtocol: Sendable {
    /// What a request says of its message.
    private struct Envelope: Sendable {
        let codec: Codec
        let compression: Compression
        /// The message of a GET; a POST has it in its body.
        let message: Data?
    }

    /// A refusal in words of HTTP rather than of calls.
    private struct Refusal: Error {
        let response: HTTPResponse
    }

    private let router: RPCRouter
    private let request: HTTPRequest
    private let span: CallSpan

    static func respond(to request: HTTPRequest, _ type: MediaType, _ router: RPCRouter) async -> HTTPResponse {
        let method = router.methods[request.path]
        let span = CallSpan(method: method?.name ?? "unknown", transport: .connect, observer: router.observer)
        let me = ConnectProtocol(router: router, request: request, span: span)
        do {
            guard let method else { throw RPCStatus(.unimplemented, "there is no such method") }
            return try await me.respond(method, type)
        } catch let refusal as Refusal {
            span.end(RPCStatus(.invalidArgument, "HTTP \(refusal.response.status)"))
            return refusal.response
        } catch {
            let status = error as? RPCStatus ?? RPCStatus(.internal)
            span.end(status)
            return failure(status, Metadata(), Metadata(), httpStatus: method == nil ? 404 : nil)
        }
    }

    private func respond(_ method: RegisteredMethod, _ type: MediaType) async throws -> HTTPResponse {
        let envelope = try envelope(method, type)
        let version = request.fields["connect-protocol-version"] ?? "1"
        guard version == "1" else { throw RPCStatus(.invalidArgument, "connect-protocol-version is not 1") }
        guard case .unary(let handler) = method.handler else {
            throw Refusal(response: Self.unsupportedMediaType("a method of streams is served over gRPC"))
        }
        let context = CallContext(
            method: method.name, transport: .connect, metadata: Metadata(request.fields),
            deadline: Deadline.after(try timeout()), remoteAddress: request.remoteAddress)
        let call = ServerCall(
            method: method, codec: envelope.codec, context: context, span: span, errorMapper: router.errorMapper,
            undecodable: .invalidArgument)
        switch await call.unary(handler, { try await message(envelope) }) {
        case .success(let message): return success(message, envelope.codec, context.response)
        case .failure(let status): return Self.failure(status, context.response.leading, context.response.trailing)
        }
    }
}

// MARK: Requests
extension ConnectProtocol {
    private func envelope(_ method: RegisteredMethod, _ type: MediaType) throws -> Envelope {
        switch request.method {
        case "POST":
            guard let codec = type.connectCodec else {
                throw Refusal(response: Self.unsupportedMediaType("the body is neither proto nor JSON"))
            }
            let compression = try Compression(named: request.fields["content-encoding"])
            return Envelope(codec: codec, compression: compression, message: nil)
        case "GET" where method.hasNoSideEffects: return try envelope(of: ConnectQuery(request.query ?? ""))
        default:
            let allowed = method.hasNoSideEffects ? "GET, POST" : "POST"
            throw Refusal(response: .text(405, "the method takes \(allowed)\n", fields: ["allow": allowed]))
        }
    }

    private func envelope(of query: ConnectQuery) throws -> Envelope {
        guard (query["connect"] ?? "v1") == "v1" else { throw RPCStatus(.invalidArgument, "connect is not v1") }
        guard let encoding = query["encoding"] else { throw RPCStatus(.invalidArgument, "encoding is missing") }
        guard let codec = Codec(rawValue: encoding) else {
            throw Refusal(response: Self.unsupportedMediaType("encoding is neither proto nor json"))
        }
        guard let text = query["message"] else { throw RPCStatus(.invalidArgument, "message is missing") }
        let isBase64 = query["base64"] == "1"
        guard let message = isBase64 ? Data(anyBase64: text) : Data(text.utf8) else {
            throw RPCStatus(.invalidArgument, "message is not base64")
        }
        return Envelope(codec: codec, compression: try Compression(named: query["compression"]), message: message)
    }

    /// The message of the call, as sent or inflated.
    private func message(_ envelope: Envelope) async throws(RPCStatus) -> Data {
        let limit = router.limits.maxMessageBytes
        if let message = envelope.message { return try envelope.compression.decompress(message, limit: limit) }
        let body: Data
        do {
            body = try await request.body.collect(limit: limit)
        } catch {
            throw RPCStatus(bodyError: error, limit: limit)
        }
        return try envelope.compression.decompress(body, limit: limit)
    }

    /// `connect-timeout-ms`: at most ten digits.
    private func timeout() throws(RPCStatus) -> Duration? {
        guard let text = request.fields["connect-timeout-ms"] else { return nil }
        guard (1...10).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39) ~= $0 }), let count = Int(text)
        else { throw RPCStatus(.invalidArgument, "connect-timeout-ms is malformed") }
        return .milliseconds(count)
    }
}

// MARK: Answers
extension ConnectProtocol {
    private func success(_ message: Data, _ codec: Codec, _ response: ResponseMetadata) -> HTTPResponse {
        var fields: HTTPFields = ["content-type": "application/\(codec.rawValue)"]
        if request.method == "GET" { fields.append("vary", "accept-encoding") }
        fields.append(response.leading.fields())
        fields.append(response.trailing.fields(prefix: "trailer-"))
        return HTTPResponse(status: 200, fields: fields, body: .data(message))
    }

    private static func failure(
        _ status: RPCStatus, _ leading: Metadata, _ trailing: Metadata, httpStatus: Int? = nil
    ) -> HTTPResponse {
        var fields: HTTPFields = ["content-type": "application/json"]
        if status.code == .unimplemented { fields.append("accept-encoding", Compression.list) }
        fields.append(leading.fields())
        fields.append(trailing.fields(prefix: "trailer-"))
        return HTTPResponse(
            status: httpStatus ?? status.httpStatus, fields: fields, body: .data(ConnectError.encode(status)))
    }

    private static func unsupportedMediaType(_ reason: String) -> HTTPResponse {
        .text(
            415, "\(reason): application/proto or application/json\n",
            fields: ["accept-post": "application/proto, application/json"])
    }
}

/// The parameters of a query, decoded; of several with one name the first counts.
struct ConnectQuery {
    private let parameters: [(name: String, value: String)]

    init(_ query: String) {
        parameters = query.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                PercentEncoding.decode(parts[0], plusIsSpace: true),
                parts.count > 1 ? PercentEncoding.decode(parts[1], plusIsSpace: true) : ""
            )
        }
    }

    subscript(name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }
}
