package import Foundation
import HTTP

/// The forms in which a message may travel.
package enum Compression: String, Sendable, CaseIterable {
    case identity
    case gzip

    /// What a peer may use, for the fields that list it.
    static let list = "gzip, identity"

    /// - Parameter name: as the peer sent it; absent means identity.
    /// - Throws: `unimplemented` for a form we do not have.
    init(named name: String?) throws(RPCStatus) {
        guard let name, !name.isEmpty else {
            self = .identity
            return
        }
        guard let known = Compression(rawValue: name.lowercasedASCII) else {
            throw RPCStatus(.unimplemented, "the compression is none of \(Self.list)")
        }
        self = known
    }

    /// The form for answers to a peer.
    ///
    /// - Parameter list: what it reads, comma-separated; absent means identity alone. A weight of zero excludes.
    package init(acceptedBy list: String?) {
        guard let list, !list.isEmpty else {
            self = .identity
            return
        }
        let takesGzip = list.lowercasedASCII.split(separator: ",").contains { member in
            let parts = member.split(separator: ";").map(\.trimmingHTTPWhitespace)
            return parts.first == "gzip"
                && !parts.dropFirst().contains { $0.hasPrefix("q=0") && Double($0.dropFirst(2)) == 0 }
        }
        self = takesGzip ? .gzip : .identity
    }
}

// MARK: Out
extension Compression {
    /// Sizes of messages that are worth the time, in bytes: smaller ones fit a packet or two anyway, and larger ones
    /// leave faster over a hospital's network than they deflate.
    private static let worthwhile = 2 << 10...4 << 20
    /// What a large message is judged by, in bytes from its middle.
    private static let sampleCount = 8 << 10

    /// The message in this form; nil where it should travel as it is: identity, a size that is not worth it, or
    /// bytes that hardly shrink, such as images.
    package func compress(_ message: Data) -> Data? {
        guard self == .gzip, Self.worthwhile.contains(message.count) else { return nil }
        if message.count > 4 * Self.sampleCount {
            let middle = message.startIndex + (message.count - Self.sampleCount) / 2
            guard Self.shrink(message[middle..<middle + Self.sampleCount]) != nil else { return nil }
        }
        return Self.shrink(message)
    }

    /// The bytes deflated; nil where that saves less than an eighth.
    private static func shrink(_ bytes: Data) -> Data? {
        guard let packed = try? Gzip.deflate(bytes), packed.count <= bytes.count - bytes.count / 8 else { return nil }
        return packed
    }
}

// MARK: In
extension Compression {
    /// - Parameter limit: of the result in bytes.
    /// - Throws: `resourceExhausted` past `limit`, `internal` for bytes that are not so compressed.
    package func decompress(_ bytes: Data, limit: Int) throws(RPCStatus) -> Data {
        guard bytes.count <= limit else { throw RPCStatus(tooLargeFor: limit) }
        // Nothing is nothing in every form (connectrpc.com/docs/protocol).
        guard self == .gzip, !bytes.isEmpty else { return bytes }
        do {
            return try Gzip.inflate(bytes, limit: limit)
        } catch {
            switch error {
            case .tooLarge: throw RPCStatus(tooLargeFor: limit)
            case .notGzip: throw RPCStatus(.internal, "the message is not gzip")
            case .outOfMemory: throw RPCStatus(.resourceExhausted, "memory is short")
            }
        }
    }
}
