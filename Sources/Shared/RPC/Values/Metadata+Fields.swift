import Foundation
package import HTTP

extension Metadata {
    private static let reserved: Set<String> = [
        "accept", "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "date",
        "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    /// Whether a field is one of HTTP or of the protocols, and so no metadata.
    private static func isReserved(_ name: String) -> Bool {
        switch name.utf8.first {
        case UInt8(ascii: "g"): name.hasPrefix("grpc-")
        case UInt8(ascii: "c"): name.hasPrefix("connect-") || reserved.contains(name)
        default: reserved.contains(name)
        }
    }

    /// What of a message's fields is metadata. A binary value that is not base64 is left out; so are credentials, which
    /// are for access control alone.
    package init(_ fields: HTTPFields) {
        self.init()
        for field in fields where !Self.isReserved(field.name) && !Self.isCredential(field.name) { append(field) }
    }

    private static func isCredential(_ name: String) -> Bool {
        name == "authorization" || name == "proxy-authorization" || name == "cookie"
    }

    private mutating func append(_ field: HTTPFields.Field) {
        guard field.name.hasSuffix("-bin") else { return append(field.name, field.value) }
        // Several values of a key may come joined (grpc/grpc doc/PROTOCOL-HTTP2.md).
        for part in field.value.split(separator: ",", omittingEmptySubsequences: false) {
            if let bytes = Data(anyBase64: part.trimmingHTTPWhitespace) { append(field.name, binary: bytes) }
        }
    }

    /// The metadata as fields, each with `prefix` before its name.
    func fields(prefix: String = "") -> HTTPFields {
        var fields = HTTPFields()
        for entry in entries where !Self.isReserved(entry.key) {
            switch entry.value {
            case .text(let text): fields.append(prefix + entry.key, text)
            case .binary(let data): fields.append(prefix + entry.key, data.unpaddedBase64)
            }
        }
        return fields
    }
}

extension Data {
    /// Base64 of either alphabet, padded or not (RFC 4648 §4, §5).
    init?(anyBase64 text: String) {
        var characters = text.utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        while characters.last == UInt8(ascii: "=") { characters.removeLast() }
        guard characters.count % 4 != 1 else { return nil }
        while !characters.count.isMultiple(of: 4) { characters.append(UInt8(ascii: "=")) }
        self.init(base64Encoded: Data(characters))
    }

    var unpaddedBase64: String {
        String(base64EncodedString().prefix { $0 != "=" })
    }
}
