import Foundation

extension ResponseHead {
    /// Whether an answer of this status has a body (RFC 9110 §6.4.1).
    var allowsBody: Bool { status != 204 && status != 304 && status >= 200 }

    /// Whether a field of the handler may be sent: it does not say how the connection carries the message, which is
    /// the server's to say, and has no byte that would end a line.
    static func maySend(_ field: HTTPFields.Field) -> Bool {
        switch field.name {
        case "connection", "content-length", "transfer-encoding", "keep-alive", "upgrade", "date": false
        default: field.isSendable
        }
    }

    /// Writes the head as it goes over the wire (RFC 9112 §4).
    func write(to output: inout OutputQueue, date: String, isChunked: Bool, keepsAlive: Bool, isHTTP11: Bool) {
        output.append(status == 200 ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 \(status) \(Self.reasonPhrase(status))\r\n")
        output.appendLine("date", date)
        for field in fields where Self.maySend(field) { output.appendLine(field.name, field.value) }
        if allowsBody {
            if isChunked {
                output.append("transfer-encoding: chunked\r\n")
            } else if let length {
                output.appendLine("content-length", String(length))
            }
        }
        if !keepsAlive {
            output.append("connection: close\r\n")
        } else if !isHTTP11 {
            output.append("connection: keep-alive\r\n")
        }
        output.append("\r\n")
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

extension OutputQueue {
    fileprivate mutating func appendLine(_ name: String, _ value: String) {
        append(name)
        append(": ")
        append(value)
        append("\r\n")
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
            && value.hasNoControlCharacters
    }
}

extension String {
    /// Whether no byte is a control character other than a tab.
    fileprivate var hasNoControlCharacters: Bool {
        let isText = { (byte: UInt8) in byte >= 0x20 && byte != 0x7F || byte == 0x09 }
        return utf8.withContiguousStorageIfAvailable { $0.allSatisfy(isText) } ?? utf8.allSatisfy(isText)
    }
}
