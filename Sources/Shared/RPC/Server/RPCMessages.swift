package import Wire

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
