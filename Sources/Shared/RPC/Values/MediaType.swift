import HTTP

/// A media type without its parameters (RFC 9110 §8.3.1), in lower case.
struct MediaType: Sendable, Equatable {
    /// `application/grpc+proto`.
    let essence: String

    init(_ field: String) {
        essence = String(field.prefix { $0 != ";" }).trimmingHTTPWhitespace.lowercasedASCII
    }

    /// gRPC over HTTP/2, whichever codec; gRPC-Web is another protocol.
    var isGRPC: Bool { essence == "application/grpc" || essence.hasPrefix("application/grpc+") }

    /// The codec of a unary call in Connect.
    var connectCodec: Codec? {
        switch essence {
        case "application/proto": .proto
        case "application/json": .json
        default: nil
        }
    }

    /// A type that only Connect uses.
    var isConnect: Bool { essence == "application/proto" || essence.hasPrefix("application/connect+") }
}
