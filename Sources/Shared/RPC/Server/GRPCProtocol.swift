import Foundation
import HTTP
import Synchronization

/// gRPC over HTTP/2 (grpc/grpc doc/PROTOCOL-HTTP2.md): its headers, frames, time-outs and statuses in and out of the
/// internal form.
struct GRPCProtocol: Sendable {
    private let router: RPCRouter
    private let request: HTTPRequest
    private let contentType: String

    /// The answer to a request whose media type says gRPC.
    static func respond(to request: HTTPRequest, _ type: MediaType, _ router: RPCRouter) async -> HTTPResponse {
        guard request.version == .http2 else { return .text(505, "gRPC needs HTTP/2\n") }
        guard request.method == "POST" else { return .text(405, "gRPC needs POST\n", fields: ["allow": "POST"]) }
        guard let codec = codec(of: type) else { return .text(415, "the codec is neither proto nor json\n") }
        return await GRPCProtocol(router: router, request: request, contentType: type.essence).respond(codec)
    }

    private static func codec(of type: MediaType) -> Codec? {
        switch type.essence {
        case "application/grpc", "application/grpc+proto": .proto
        case "application/grpc+json": .json
        default: nil
        }
    }

    private func respond(_ codec: Codec) async -> HTTPResponse {
        let method = router.methods[request.path]
        let span = CallSpan(method: method?.name ?? "unknown", transport: .grpc, observer: router.observer)
        do throws(RPCStatus) {
            guard let method else { throw RPCStatus(.unimplemented, "there is no such method") }
            let compression = try Compression(named: request.fields["grpc-encoding"])
            let context = CallContext(
                method: method.name, transport: .grpc, metadata: Metadata(request.fields),
                deadline: Deadline.after(try timeout()), remoteAddress: request.remoteAddress)
            let call = ServerCall(
                method: method, codec: codec, context: context, span: span, errorMapper: router.errorMapper,
                undecodable: .internal)
            return await respond(call, compression)
        } catch {
            span.end(error)
            return failure(error, Metadata(), Metadata())
        }
    }

    private func respond(_ call: ServerCall, _ compression: Compression) async -> HTTPResponse {
        let requests = messages(compression)
        switch call.method.handler {
        case .unary(let handler):
            switch await call.unary(handler, { try await onlyMessage(compression) }) {
            case .success(let message): return success(GRPCFrame.encode(message), call)
            case .failure(let status): return failure(status, call)
            }
        case .streaming(let handler):
            switch await call.streaming(handler, requests) {
            case .success(let messages): return stream(messages, call)
            case .failure(let status): return failure(status, call)
            }
        }
    }
}

// MARK: Requests
extension GRPCProtocol {
    /// The message of a unary call, without a copy of its bytes.
    private func onlyMessage(_ compression: Compression) async throws(RPCStatus) -> Data {
        let limit = router.limits.maxMessageBytes
        let body: Data
        do {
            body = try await request.body.collect(limit: limit + GRPCFrame.headerCount)
        } catch {
            throw RPCStatus(bodyError: error, limit: limit)
        }
        var frames = GRPCFrame.Reader(compression: compression, limit: limit)
        frames.append(body)
        guard let message = try frames.next() else {
            throw body.isEmpty
                ? RPCStatus(.unimplemented, "the call sent no message")
                : RPCStatus(.internal, "the body ends within a message")
        }
        guard frames.isEmpty else { throw RPCStatus(.unimplemented, "the call sent more than one message") }
        return message
    }

    /// The messages of a streaming call as they come in.
    private func messages(_ compression: Compression) -> ByteMessages {
        let limit = router.limits.maxMessageBytes
        return ByteMessages { [body = request.body] in
            var chunks = body.makeAsyncIterator()
            var frames = GRPCFrame.Reader(compression: compression, limit: limit)
            return {
                do {
                    while true {
                        if let message = try frames.next() { return message }
                        guard let chunk = try await chunks.next() else { break }
                        frames.append(chunk)
                    }
                } catch let error as HTTPError {
                    throw RPCStatus(bodyError: error, limit: limit)
                }
                guard frames.isEmpty else { throw RPCStatus(.internal, "the body ends within a message") }
                return nil
            }
        }
    }

    /// `grpc-timeout`: at most eight digits and a unit.
    private func timeout() throws(RPCStatus) -> Duration? {
        guard let text = request.fields["grpc-timeout"] else { return nil }
        let digits = text.dropLast()
        guard let unit = text.last, (1...8).contains(digits.count), digits.utf8.allSatisfy({ (0x30...0x39) ~= $0 }),
            let count = Int(digits), let duration = Self.duration(count, unit)
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

// MARK: Answers
extension GRPCProtocol {
    private func head(_ leading: Metadata) -> HTTPFields {
        var fields: HTTPFields = ["content-type": contentType, "grpc-accept-encoding": "identity,gzip"]
        fields.append(leading.fields())
        return fields
    }

    private static func trailers(_ status: RPCStatus, _ trailing: Metadata) -> HTTPFields {
        var fields: HTTPFields = ["grpc-status": "\(status.code.rawValue)"]
        if !status.message.isEmpty { fields.append("grpc-message", PercentEncoding.encode(status.message)) }
        if !status.details.isEmpty {
            fields.append("grpc-status-details-bin", GoogleRPCStatus.encode(status).unpaddedBase64)
        }
        fields.append(trailing.fields())
        return fields
    }

    private func success(_ body: Data, _ call: ServerCall) -> HTTPResponse {
        HTTPResponse(
            status: 200, fields: head(call.context.response.leading), body: .data(body),
            trailers: .fields(Self.trailers(.ok, call.context.response.trailing)))
    }

    private func failure(_ status: RPCStatus, _ call: ServerCall) -> HTTPResponse {
        failure(status, call.context.response.leading, call.context.response.trailing)
    }

    /// Trailers-Only: the status stands in the only head.
    private func failure(_ status: RPCStatus, _ leading: Metadata, _ trailing: Metadata) -> HTTPResponse {
        var fields = head(leading)
        fields.append(Self.trailers(status, trailing))
        return HTTPResponse(status: 200, fields: fields)
    }

    private func stream(_ messages: ByteMessages, _ call: ServerCall) -> HTTPResponse {
        let outcome = Outcome()
        let body = HTTPBody.pulled {
            let next = messages.makeNext()
            return {
                do throws(RPCStatus) {
                    return try await call.next(next).map(GRPCFrame.encode)
                } catch {
                    outcome.status.withLock { $0 = error }
                    return nil
                }
            }
        }
        return HTTPResponse(
            status: 200, fields: head(call.context.response.leading), body: body,
            trailers: .afterBody {
                Self.trailers(outcome.status.withLock { $0 }, call.context.response.trailing)
            })
    }

    /// How a streamed answer ended.
    private final class Outcome: Sendable {
        let status = Mutex(RPCStatus.ok)
    }
}
