/// The head of one request in HTTP/1.x, checked.
package struct HTTP1RequestHead: Equatable {
    package let method: String
    package let path: String
    package let query: String?
    package let authority: String?
    package let fields: HTTPFields
    package let version: HTTPVersion
    package let framing: HTTP1Guard.Framing
    package let keepsAlive: Bool
    package let expectsContinue: Bool

    /// - Parameters:
    ///   - version: 10 or 11 for HTTP/1.0 and HTTP/1.1.
    init(
        method: String, target: String, version: Int, fields: HTTPFields, framing: HTTP1Guard.Framing
    ) throws(HTTP1Violation) {
        guard version == 10 || version == 11 else { throw .unsupportedVersion }
        let isHTTP11 = version == 11
        try Self.checkHost(fields, isHTTP11: isHTTP11)
        try Self.checkTransferCoding(fields, framing, isHTTP11: isHTTP11)
        let parts = try RequestTarget(target, method: method)
        let connection = fields.tokens(for: "connection")
        expectsContinue = try Self.expectation(fields, isHTTP11: isHTTP11)
        self.method = method
        path = parts.path
        query = parts.query
        authority = parts.authority ?? fields["host"]
        self.fields = fields
        self.version = isHTTP11 ? .http11 : .http10
        self.framing = framing
        keepsAlive = isHTTP11 ? !connection.contains("close") : connection.contains("keep-alive")
    }

    private static func checkHost(_ fields: HTTPFields, isHTTP11: Bool) throws(HTTP1Violation) {
        var count = 0
        for field in fields where field.name == "host" {
            count += 1
            let hasOddCharacters = field.value.utf8.contains { $0 <= 0x20 || $0 == 0x2F || $0 == 0x2C }
            guard !hasOddCharacters else { throw .malformed("the Host is not one") }
        }
        guard count == 1 || count == 0 && !isHTTP11 else { throw .malformed("exactly one Host is required") }
    }

    private static func checkTransferCoding(
        _ fields: HTTPFields, _ framing: HTTP1Guard.Framing, isHTTP11: Bool
    ) throws(HTTP1Violation) {
        let codings = fields.values(for: "transfer-encoding")
        guard !codings.isEmpty else { return }
        guard isHTTP11 else { throw .malformed("Transfer-Encoding in HTTP/1.0") }
        guard !fields.contains("content-length") else {
            throw .malformed("both Content-Length and Transfer-Encoding")
        }
        guard codings.count == 1, codings[0].lowercasedASCII == "chunked", framing == .chunked else {
            throw .unsupportedTransferCoding
        }
    }

    private static func expectation(_ fields: HTTPFields, isHTTP11: Bool) throws(HTTP1Violation) -> Bool {
        let expectations = fields.tokens(for: "expect")
        guard isHTTP11, !expectations.isEmpty else { return false }
        guard expectations == ["100-continue"] else { throw .unsupportedExpectation }
        return true
    }
}

/// The parts of a request target (RFC 9112 §3.2): origin form, absolute form, or `*`.
struct RequestTarget: Equatable {
    let path: String
    let query: String?
    let authority: String?

    init(_ target: String, method: String) throws(HTTP1Violation) {
        if target == "*", method == "OPTIONS" {
            (path, query, authority) = ("*", nil, nil)
            return
        }
        var rest = target[...]
        var authority: String?
        if rest.utf8.first != UInt8(ascii: "/") {
            guard let scheme = ["http://", "https://"].first(where: rest.lowercased().hasPrefix) else {
                throw .malformed("the target is no path")
            }
            rest = rest.dropFirst(scheme.count)
            let host = rest.prefix { $0 != "/" && $0 != "?" }
            guard !host.isEmpty, !host.contains("@") else { throw .malformed("the target is no path") }
            authority = String(host)
            rest = rest[host.endIndex...]
        }
        guard !rest.utf8.contains(UInt8(ascii: "#")) else { throw .malformed("a fragment in the target") }
        let pathEnd = rest.utf8.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
        let path = rest[..<pathEnd]
        self.authority = authority
        self.path = path.isEmpty ? "/" : String(path)
        query = pathEnd < rest.endIndex ? String(rest[rest.utf8.index(after: pathEnd)...]) : nil
    }
}
