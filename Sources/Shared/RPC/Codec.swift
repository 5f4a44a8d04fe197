import Foundation
import Wire

/// The form of a message on the wire.
enum Codec: String, Sendable {
    case proto
    case json

    /// - Throws: `RPCStatus`: `invalidArgument` for JSON that is no such message (people write it), `internal` for
    ///   bytes that are none (grpc/grpc doc/statuscodes.md: a request that cannot be parsed).
    func decode<M: Message>(_ type: M.Type, from bytes: Data) throws(RPCStatus) -> M {
        do {
            switch self {
            case .proto: return try M(serialized: bytes)
            case .json: return try M(jsonUTF8: bytes)
            }
        } catch {
            throw RPCStatus(
                self == .proto ? .internal : .invalidArgument, "the body is no \(M.fullName) in \(rawValue) form")
        }
    }

    func encode(_ message: some Message) throws(RPCStatus) -> Data {
        do {
            switch self {
            case .proto: return try message.serialized()
            case .json: return try message.jsonUTF8(pretty: false)
            }
        } catch {
            throw RPCStatus(.internal, "the answer cannot be serialised")
        }
    }
}
