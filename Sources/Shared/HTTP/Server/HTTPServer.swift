/// Answers requests; runs in a Task of its own, which is cancelled when the peer goes away.
package typealias HTTPHandler = @Sendable (HTTPRequest) async -> HTTPResponse

/// HTTP/1.1 and HTTP/2 on one port.
package final class HTTPServer: Sendable {
    private let host: String
    private let port: Int
    private let limits: HTTPLimits
    private let handler: HTTPHandler

    /// - Parameters:
    ///   - host: an address of this machine, or a name for one.
    ///   - port: 0 lets the system choose.
    package init(host: String, port: Int, limits: HTTPLimits = HTTPLimits(), handler: @escaping HTTPHandler) {
        self.host = host
        self.port = port
        self.limits = limits
        self.handler = handler
    }

    /// Listens, and gives the port.
    package func start() async throws(HTTPError) -> Int {
        throw .cannotListen(host: host, port: port, code: 0)
    }

    /// Stops accepting, tells every peer to send nothing more (`Connection: close`, GOAWAY), and returns when every
    /// request that was in flight is answered; after `limit` what is left is cut off.
    package func drain(within limit: Duration) async {}
}
