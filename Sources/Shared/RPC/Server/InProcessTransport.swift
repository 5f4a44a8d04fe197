import Foundation
package import Wire

/// Calls the methods of a router in the same process: no protocol, no socket, the same deadlines, observer and
/// statuses.
package struct InProcessTransport: Sendable {
    /// What a caller may say besides its messages.
    package struct Options: Sendable {
        package var metadata = Metadata()
        package var timeout: Duration?
        /// Gets what the method sends beside its answer.
        package var response = ResponseMetadata()

        package init() {}
    }

    private let router: RPCRouter

    package init(_ router: RPCRouter) {
        self.router = router
    }

    /// Cancelling the Task cancels the method.
    ///
    /// - Throws: how the call ended, where not well.
    package func unary<Q: Message, R: Message>(
        _ method: MethodDescriptor<Q, R>, _ request: Q, _ options: Options = Options()
    ) async throws(RPCStatus) -> R {
        let call = try call(method.path, options)
        guard case .unary(let handler) = call.method.handler else { throw .noSuchMethod }
        let message = try Codec.proto.encode(request)
        return try Self.decode(await call.unary(handler) { message }.get())
    }

    /// A method of any other shape: many messages in and many out, as the caller pulls them.
    ///
    /// - Throws: how the call ended before its first message; later ends are thrown by the answer.
    package func streaming<Q: Message, R: Message, S: AsyncSequence & Sendable>(
        _ method: MethodDescriptor<Q, R>, _ requests: S, _ options: Options = Options()
    ) async throws(RPCStatus) -> Answers<R> where S.Element == Q {
        let call = try call(method.path, options)
        guard case .streaming(let handler) = call.method.handler else { throw .noSuchMethod }
        let messages = try await call.streaming(handler, ByteMessages(encoding: requests, .proto)).get()
        return Answers(call: call, messages: messages)
    }

    private func call(_ path: String, _ options: Options) throws(RPCStatus) -> ServerCall {
        guard let method = router.methods[path] else { throw .noSuchMethod }
        let context = CallContext(
            method: method.name, metadata: options.metadata, deadline: router.deadline(options.timeout),
            response: options.response)
        let span = CallSpan(
            method: method.name, transport: .inProcess, metadata: options.metadata, observer: router.observer)
        return ServerCall(
            method: method,
            head: CallHead(
                codec: .proto, timeout: options.timeout, requestCompression: .identity, responseCompression: .identity),
            context: context, span: span, errorMapper: router.errorMapper, undecodable: .internal, isImmediate: false)
    }

    fileprivate static func decode<R: Message>(_ bytes: Data) throws(RPCStatus) -> R {
        do {
            return try R(serialized: bytes)
        } catch {
            throw RPCStatus(.internal, "the answer is no \(R.fullName)")
        }
    }
}

extension InProcessTransport {
    /// The messages of an answer; can be iterated once. The iterator throws an `RPCStatus`.
    package struct Answers<Element: Message>: AsyncSequence, Sendable {
        fileprivate let call: ServerCall
        fileprivate let messages: ByteMessages

        package struct AsyncIterator: AsyncIteratorProtocol {
            fileprivate let call: ServerCall
            fileprivate let nextBytes: ByteMessages.Next

            package mutating func next() async throws -> Element? {
                try await call.next(nextBytes).map { try InProcessTransport.decode($0) }
            }
        }

        package func makeAsyncIterator() -> AsyncIterator {
            AsyncIterator(call: call, nextBytes: messages.makeNext())
        }
    }
}
