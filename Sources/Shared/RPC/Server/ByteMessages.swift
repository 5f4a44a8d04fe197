import Foundation
import Wire

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
        guard let first = try await next() else { throw RPCStatus.noMessage }
        guard try await next() == nil else { throw RPCStatus.severalMessages }
        return first
    }
}
