import Foundation
import HTTP
import Synchronization

/// A protocol whose bodies are messages in envelopes, any number of them: gRPC, gRPC-Web and Connect's streams. They
/// differ in their headers and in how they tell the end.
protocol EnvelopedProtocol: ServerProtocol {
    /// The request's bytes, as envelopes.
    var body: HTTPBody { get }
    var limits: RPCLimits { get }

    /// The fields before an answer's messages.
    func fields(_ leading: Metadata, compression: Compression) -> HTTPFields
    /// What follows an answer's messages.
    func end(_ status: RPCStatus, _ trailing: Metadata) -> AnswerEnd
    /// Envelopes as they go over the wire.
    func wireForm(_ envelopes: Data) -> Data
}

/// How a protocol tells the end of an answer.
enum AnswerEnd {
    /// In trailers of HTTP.
    case trailers(HTTPFields)
    /// In one more envelope.
    case envelope(Data)
}

extension EnvelopedProtocol {
    func wireForm(_ envelopes: Data) -> Data { envelopes }

    func respond(to call: ServerCall) async -> HTTPResponse {
        let metadata = call.context.response
        switch call.method.handler {
        case .unary(let handler):
            switch await call.unary(handler, { try await onlyMessage(call.head.requestCompression) }) {
            case .success(let message): return success(message, call)
            case .failure(let status): return failure(status, metadata)
            }
        case .streaming(let handler):
            switch await call.streaming(handler, messages(call.head.requestCompression)) {
            case .success(let messages): return stream(messages, call)
            case .failure(let status): return failure(status, metadata)
            }
        }
    }

    func failure(_ status: RPCStatus, _ metadata: ResponseMetadata) -> HTTPResponse {
        var fields = fields(metadata.leading, compression: .identity)
        switch end(status, metadata.trailing) {
        case .trailers(let trailers):
            fields.append(trailers)  // the only head
            return HTTPResponse(status: 200, fields: fields)
        case .envelope(let end):
            return HTTPResponse(status: 200, fields: fields, body: .data(wireForm(end)))
        }
    }
}

// MARK: Requests
extension EnvelopedProtocol {
    /// The message of a unary call, without a copy of its bytes.
    private func onlyMessage(_ compression: Compression) async throws(RPCStatus) -> Data {
        let limit = limits.maxMessageBytes
        let bytes: Data
        do {
            bytes = try await body.collect(limit: limit + Envelope.headerCount)
        } catch {
            throw RPCStatus(bodyError: error, messageLimit: limit)
        }
        var reader = Envelope.Reader(compression: compression, limit: limit)
        reader.append(bytes)
        guard let message = try reader.next() else {
            throw bytes.isEmpty ? .noMessage : RPCStatus(.internal, "the body ends within a message")
        }
        guard reader.isEmpty else { throw .severalMessages }
        return message
    }

    /// The messages of a streaming call as they come in.
    private func messages(_ compression: Compression) -> ByteMessages {
        ByteMessages { [body, limit = limits.maxMessageBytes] in
            var chunks = body.makeAsyncIterator()
            var reader = Envelope.Reader(compression: compression, limit: limit)
            return {
                do {
                    while true {
                        if let message = try reader.next() { return message }
                        guard let chunk = try await chunks.next() else { break }
                        reader.append(chunk)
                    }
                } catch let error as HTTPError {
                    throw RPCStatus(bodyError: error)
                }
                guard reader.isEmpty else { throw RPCStatus(.internal, "the body ends within a message") }
                return nil
            }
        }
    }
}

// MARK: Answers
extension EnvelopedProtocol {
    private func success(_ message: Data, _ call: ServerCall) -> HTTPResponse {
        let metadata = call.context.response
        let packed = call.head.responseCompression.compress(message)
        let fields = fields(metadata.leading, compression: packed == nil ? .identity : call.head.responseCompression)
        var bytes = packed.map { Envelope.encode($0, flags: Envelope.compressed) } ?? Envelope.encode(message)
        switch end(.ok, metadata.trailing) {
        case .trailers(let trailers):
            return HTTPResponse(
                status: 200, fields: fields, body: .data(wireForm(bytes)), trailers: .fields(trailers))
        case .envelope(let end):
            bytes.append(end)
            return HTTPResponse(status: 200, fields: fields, body: .data(wireForm(bytes)))
        }
    }

    /// The messages as they are made, and the end behind them.
    private func stream(_ messages: ByteMessages, _ call: ServerCall) -> HTTPResponse {
        let compression = call.head.responseCompression
        let metadata = call.context.response
        let trailers = LateTrailers()
        let body = HTTPBody.pulled {
            let next = messages.makeNext()
            var isOver = false
            return {
                guard !isOver else { return nil }
                var status = RPCStatus.ok
                do throws(RPCStatus) {
                    if let message = try await call.next(next) {
                        return wireForm(Envelope.encode(message, compression))
                    }
                } catch {
                    status = error
                }
                isOver = true
                switch end(status, metadata.trailing) {
                case .trailers(let fields):
                    trailers.fields.withLock { $0 = fields }
                    return nil
                case .envelope(let end): return wireForm(end)
                }
            }
        }
        return HTTPResponse(
            status: 200, fields: fields(metadata.leading, compression: compression), body: body,
            trailers: .afterBody { trailers.fields.withLock { $0 } })
    }
}

/// Fields that are known once the body has ended.
private final class LateTrailers: Sendable {
    let fields = Mutex(HTTPFields())
}
