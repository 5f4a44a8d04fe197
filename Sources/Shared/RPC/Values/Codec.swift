import Foundation
import Wire

/// The form of a message on the wire.
enum Codec: String, Sendable {
    case proto
    case json

    /// - Throws: `UndecodableRequest`
    func decode<M: Message>(_ type: M.Type, from bytes: Data) throws(UndecodableRequest) -> M {
        do {
            switch self {
            case .proto: return try M(serialized: bytes)
            case .json: return try M(jsonUTF8: bytes)
            }
        } catch {
            throw UndecodableRequest(typeName: M.fullName, codec: self)
        }
    }

    /// - Throws: `RPCStatus` with code `internal`.
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

/// A request whose bytes are no such message. The protocols have different codes for it.
struct UndecodableRequest: Error, Equatable {
    let typeName: String
    let codec: Codec

    func status(_ code: RPCStatus.Code) -> RPCStatus {
        RPCStatus(code, "the body is no \(typeName) in \(codec == .proto ? "binary" : "JSON") form")
    }
}
