import HTTP

/// A media type without its parameters (RFC 9110 §8.3.1), in lower case.
struct MediaType: Sendable, Equatable {
    /// `application/grpc+proto`.
    let essence: String

    init(_ field: String) {
        let end = field.utf8.firstIndex(of: UInt8(ascii: ";")) ?? field.endIndex
        essence = field[..<end].trimmingHTTPWhitespace.lowercasedASCII
    }

    /// gRPC over HTTP/2, whichever codec; gRPC-Web is another protocol.
    var isGRPC: Bool { essence == "application/grpc" || essence.hasPrefix("application/grpc+") }

    /// gRPC-Web in either form, whichever codec.
    var isGRPCWeb: Bool {
        essence == "application/grpc-web" || essence.hasPrefix("application/grpc-web+") || isGRPCWebText
    }

    /// gRPC-Web in base64.
    var isGRPCWebText: Bool {
        essence == "application/grpc-web-text" || essence.hasPrefix("application/grpc-web-text+")
    }

    /// A stream of Connect, whichever codec.
    var isConnectStream: Bool { essence.hasPrefix("application/connect+") }

    /// The codec of a unary call in Connect.
    var connectCodec: Codec? {
        switch essence {
        case "application/proto": .proto
        case "application/json": .json
        default: nil
        }
    }

    /// A message on its own; only Connect's unary calls have it.
    var isProtobuf: Bool { essence == "application/proto" }
}
