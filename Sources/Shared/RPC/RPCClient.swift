import Foundation
package import HTTP
package import Wire

/// Calls methods of one server: Connect with binary messages, over HTTP/2 with prior knowledge or HTTP/1.1.
package struct RPCClient: Sendable {
    /// `http://127.0.0.1:8081`, without a slash at the end.
    package let address: String
    private let version: HTTPVersion
    private let client: HTTPClient
    private let maxResponseBytes: Int

    /// - Parameters:
    ///   - address: `http://host:port`; `host:port` is taken as such too.
    ///   - maxResponseBytes: of one answer.
    package init(
        address: String, version: HTTPVersion = .http2, client: HTTPClient = .shared,
        maxResponseBytes: Int = 256 << 20
    ) {
        let withScheme = address.contains("://") ? address : "http://\(address)"
        self.address = withScheme.hasSuffix("/") ? String(withScheme.dropLast()) : withScheme
        self.version = version
        self.client = client
        self.maxResponseBytes = maxResponseBytes
    }

    /// One request, one answer. Cancelling the Task cancels the call on the other side.
    ///
    /// - Parameters:
    ///   - timeout: sent along, so that the server stops too.
    ///   - onProgress: called as the request leaves.
    /// - Throws: the status of the server, with its details; `unavailable` where it cannot be reached.
    package func unary<Q: Message, R: Message>(
        _ method: MethodDescriptor<Q, R>, _ request: Q, metadata: Metadata = Metadata(), timeout: Duration? = nil,
        onProgress: (@Sendable (HTTPClient.TransferProgress) -> Void)? = nil
    ) async throws(RPCStatus) -> R {
        throw RPCStatus(.unimplemented)
    }
}
