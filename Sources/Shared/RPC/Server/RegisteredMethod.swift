import Foundation
package import Wire

/// One method with its message types erased: bytes of messages in, bytes of messages out. Every protocol ends here.
struct RegisteredMethod: Sendable {
    /// Throws what the handler throws; a request that cannot be decoded is an `RPCStatus`.
    enum Handler: Sendable {
        case unary(@Sendable (Data, Codec, CallContext) async throws -> Data)
        case streaming(@Sendable (ByteMessages, Codec, CallContext) async throws -> ByteMessages)
    }

    /// `hilum.v1.ClassifierService/Classify`.
    let name: String
    let hasNoSideEffects: Bool
    let handler: Handler
}

/// A stream of messages in their binary or JSON form, pulled.
struct ByteMessages: Sendable {
    typealias Next = () async throws -> Data?

    let makeNext: @Sendable () -> Next

    init(_ makeNext: @escaping @Sendable () -> Next) {
        self.makeNext = makeNext
    }

    init(one message: Data) {
        self.init {
            var rest: Data? = message
            return {
                defer { rest = nil }
                return rest
            }
        }
    }

    init<S: AsyncSequence & Sendable>(encoding messages: S, _ codec: Codec) where S.Element: Message {
        self.init {
            var iterator = messages.makeAsyncIterator()
            return { try await iterator.next().map { try codec.encode($0) } }
        }
    }

    /// The single message of a call that has to send exactly one.
    func only() async throws -> Data {
        let next = makeNext()
        guard let first = try await next() else { throw RPCStatus(.unimplemented, "the call sent no message") }
        guard try await next() == nil else { throw RPCStatus(.unimplemented, "the call sent more than one message") }
        return first
    }
}

/// The messages a caller sends, one after the other; can be iterated once.
package struct RPCMessages<Element: Message>: AsyncSequence, Sendable {
    package struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let nextBytes: ByteMessages.Next
        fileprivate let codec: Codec

        package mutating func next() async throws -> Element? {
            try await nextBytes().map { try codec.decode(Element.self, from: $0) }
        }
    }

    private let messages: ByteMessages
    private let codec: Codec

    init(_ messages: ByteMessages, _ codec: Codec) {
        self.messages = messages
        self.codec = codec
    }

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(nextBytes: messages.makeNext(), codec: codec)
    }
}
