import HTTP

/// Which web pages of other origins may call (https://fetch.spec.whatwg.org/#http-cors-protocol).
///
/// Cookies are not let through; what a call needs to be trusted travels in its own fields.
struct CORSPolicy: Sendable {
    /// For which a browser need not ask again, in seconds; Chromium keeps it no longer.
    private static let maxAge = "7200"
    private static let methods = "GET, HEAD, POST, PUT, PATCH, DELETE"
    /// What gRPC-Web and Connect put into heads; the star covers a call's own metadata.
    private static let exposed = [
        "grpc-status", "grpc-message", "grpc-status-details-bin", "grpc-encoding", "grpc-accept-encoding",
        "connect-content-encoding", "connect-accept-encoding", "content-encoding", "retry-after", "*",
    ].joined(separator: ", ")

    private let origins: Set<String>

    /// - Parameter origins: each `scheme://host[:port]`, or `*` for any.
    init(_ origins: [String]) {
        self.origins = Set(origins.map(\.lowercasedASCII))
    }

    /// The answer to a browser that asks before it calls; nil where the request is something else, or nothing is
    /// configured.
    func preflight(_ request: HTTPRequest) -> HTTPResponse? {
        guard !origins.isEmpty, request.method == "OPTIONS", request.fields.contains("origin"),
            request.fields.contains("access-control-request-method")
        else { return nil }
        guard let origin = allowedOrigin(of: request) else {
            return .text(403, "Pages of this origin may not call.\n", fields: ["vary": "origin"])
        }
        var fields: HTTPFields = [
            "access-control-allow-origin": origin, "access-control-allow-methods": Self.methods,
            "access-control-max-age": Self.maxAge,
            "vary": "origin, access-control-request-method, access-control-request-headers",
        ]
        // A call's metadata has names of its own, so all that is asked for is allowed.
        let names = request.fields.tokens(for: "access-control-request-headers").filter(Self.isName)
        if !names.isEmpty { fields["access-control-allow-headers"] = names.joined(separator: ", ") }
        return HTTPResponse(status: 204, fields: fields)
    }

    /// Lets the page that asked see the answer.
    func expose(_ response: inout HTTPResponse, to request: HTTPRequest) {
        guard !origins.isEmpty, request.fields.contains("origin") else { return }
        response.fields.append("vary", "origin")
        guard let origin = allowedOrigin(of: request) else { return }
        response.fields["access-control-allow-origin"] = origin
        response.fields["access-control-expose-headers"] = Self.exposed
    }

    private func allowedOrigin(of request: HTTPRequest) -> String? {
        guard let origin = request.fields["origin"] else { return nil }
        if origins.contains("*") { return "*" }
        return origins.contains(origin.lowercasedASCII) ? origin : nil
    }

    private static func isName(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
    }
}
