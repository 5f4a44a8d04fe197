package import Cryptography

/// The version a message came with.
package enum HTTPVersion: Sendable, Equatable {
    case http10
    case http11
    case http2
}

/// One request as a handler sees it, whichever protocol version carried it.
package struct HTTPRequest: Sendable {
    /// As sent, case-sensitive: `GET`, `POST`, …
    package var method: String
    /// The path without its query, as sent (percent-encoded), beginning with `/`; `*` for `OPTIONS *`.
    package var path: String
    /// What follows the `?`, as sent.
    package var query: String?
    /// `Host` or `:authority`.
    package var authority: String?
    package var fields: HTTPFields
    package var version: HTTPVersion
    package var body: HTTPBody
    /// The peer as `address:port`; nil in process.
    package var remoteAddress: String?
    /// What TLS agreed on, the peer's certificate with it; nil in clear text and in process.
    package var session: TLSSession?
    /// Who sent it; nil where there is no access control, and before it has decided.
    package var caller: Caller?

    package init(
        method: String, path: String, query: String? = nil, authority: String? = nil, fields: HTTPFields = [:],
        version: HTTPVersion = .http11, body: HTTPBody = .empty, remoteAddress: String? = nil,
        session: TLSSession? = nil, caller: Caller? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.authority = authority
        self.fields = fields
        self.version = version
        self.body = body
        self.remoteAddress = remoteAddress
        self.session = session
        self.caller = caller
    }
}
