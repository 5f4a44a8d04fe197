package import Foundation

/// The bytes of a message: whole, or as a stream that is pulled, so that a slow reader slows its writer.
///
/// A body from a peer can be read once.
package struct HTTPBody: Sendable {
    enum Storage: Sendable {
        case whole(Data)
        case channel(BodyChannel)
        case stream(length: Int?, makeNext: @Sendable () -> Next)
    }

    /// Gives the next bytes, nil at the end.
    package typealias Next = () async throws -> Data?

    let storage: Storage

    package static let empty = HTTPBody(storage: .whole(Data()))

    package static func data(_ data: Data) -> HTTPBody {
        HTTPBody(storage: .whole(data))
    }

    /// A body that an event loop, or a test in its place, feeds.
    package static func channel(_ channel: BodyChannel) -> HTTPBody {
        HTTPBody(storage: .channel(channel))
    }

    /// A body made while it is sent.
    ///
    /// - Parameter length: in bytes, where known; otherwise HTTP/1.1 sends chunks.
    package static func stream<S: AsyncSequence & Sendable>(_ bytes: S, length: Int? = nil) -> HTTPBody
    where S.Element == Data {
        HTTPBody(
            storage: .stream(length: length) {
                var iterator = bytes.makeAsyncIterator()
                return { try await iterator.next() }
            })
    }

    /// A body made by calling `next` until it gives nil; `makeNext` is called once.
    package static func pulled(length: Int? = nil, _ makeNext: @escaping @Sendable () -> Next) -> HTTPBody {
        HTTPBody(storage: .stream(length: length, makeNext: makeNext))
    }

    /// Whether all bytes are here: reading them waits for nobody.
    package var isWhole: Bool {
        if case .whole = storage { true } else { false }
    }

    /// In bytes, where the sender said so.
    package var length: Int? {
        switch storage {
        case .whole(let data): data.count
        case .channel(let channel): channel.expectedLength
        case .stream(let length, _): length
        }
    }

    /// The whole body. Bytes from a peer go from the socket's buffer into the result, without a copy between.
    ///
    /// - Parameter limit: in bytes; a longer body ends in `bodyTooLarge`, at once where the sender announced it.
    package func collect(limit: Int) async throws(HTTPError) -> Data {
        if let length, length > limit { throw .bodyTooLarge(limit: limit) }
        switch storage {
        case .whole(let data): return data
        case .channel(let channel): return try await channel.collect(limit: limit)
        case .stream(_, let makeNext): return try await Self.collect(makeNext(), limit: limit)
        }
    }

    /// The body piece by piece, each of so many bytes or more except for the last: for who has little use for few.
    ///
    /// - Parameter count: less than `HTTPLimits.maxBufferedBodyBytes`.
    package func pieces(atLeast count: Int) -> Next {
        if case .channel(let channel) = storage { return { try await channel.next(atLeast: count) } }
        var iterator = makeAsyncIterator()
        return { try await iterator.next() }
    }

    private static func collect(_ next: Next, limit: Int) async throws(HTTPError) -> Data {
        var result = Data()
        do {
            while let chunk = try await next() {
                guard chunk.count <= limit - result.count else { throw HTTPError.bodyTooLarge(limit: limit) }
                result.append(chunk)
            }
        } catch let error as HTTPError {
            throw error
        } catch is CancellationError {
            throw .cancelled
        } catch {
            throw .bodyStreamFailed
        }
        return result
    }
}

extension HTTPBody: AsyncSequence {
    package struct AsyncIterator: AsyncIteratorProtocol {
        private var whole: Data?
        private let next: Next?

        init(_ storage: Storage) {
            switch storage {
            case .whole(let data):
                whole = data.isEmpty ? nil : data
                next = nil
            case .channel(let channel): next = { try await channel.next() }
            case .stream(_, let makeNext): next = makeNext()
            }
        }

        package mutating func next() async throws -> Data? {
            if let next { return try await next() }
            defer { whole = nil }
            return whole
        }
    }

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(storage)
    }
}
