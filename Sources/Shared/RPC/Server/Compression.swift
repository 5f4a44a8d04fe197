import Foundation
import HTTP

/// The forms in which a message may travel.
enum Compression: String, Sendable, CaseIterable {
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

    /// - Parameter limit: of the result in bytes.
    /// - Throws: `resourceExhausted` past `limit`, `internal` for bytes that are not so compressed.
    func decompress(_ bytes: Data, limit: Int) throws(RPCStatus) -> Data {
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
