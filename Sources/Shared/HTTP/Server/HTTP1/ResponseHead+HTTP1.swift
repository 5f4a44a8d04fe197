import Foundation

extension ResponseHead {
    /// Fields that say how the connection carries the message, which is not the handler's to say.
    private static let connectionFields: Set<String> = [
        "connection", "content-length", "transfer-encoding", "keep-alive", "upgrade", "date",
    ]

    /// Whether an answer of this status has a body (RFC 9110 §6.4.1).
    var allowsBody: Bool { status != 204 && status != 304 && status >= 200 }

    /// The fields of the handler that may be sent: its own business, and no byte that would end a line.
    var sendableFields: [HTTPFields.Field] {
        fields.filter { !Self.connectionFields.contains($0.name) && $0.isSendable }
    }

    /// The head on the wire (RFC 9112 §4).
    func http1Text(date: String, isChunked: Bool, keepsAlive: Bool, isHTTP11: Bool) -> String {
        var text = "HTTP/1.1 \(status) \(Self.reasonPhrase(status))\r\ndate: \(date)\r\n"
        for field in sendableFields { text += "\(field.name): \(field.value)\r\n" }
        if allowsBody {
            if isChunked {
                text += "transfer-encoding: chunked\r\n"
            } else if let length {
                text += "content-length: \(length)\r\n"
            }
        }
        if !keepsAlive {
            text += "connection: close\r\n"
        } else if !isHTTP11 {
            text += "connection: keep-alive\r\n"
        }
        return text + "\r\n"
    }

    private static func reasonPhrase(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 499: "Client Closed Request"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: "Status"
        }
    }
}

extension HTTPFields {
    /// Trailer lines on the wire.
    var http1Text: String {
        filter(\.isSendable).map { "\($0.name): \($0.value)\r\n" }.joined()
    }
}

extension HTTPFields.Field {
    /// Whether name and value are what a field line can hold (RFC 9110 §5.5).
    package var isSendable: Bool {
        !name.isEmpty && name.utf8.allSatisfy(\.isTokenCharacter)
            && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }
}
