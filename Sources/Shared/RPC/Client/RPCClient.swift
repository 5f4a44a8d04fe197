import Foundation
package import HTTP
package import Wire

/// Calls methods of one server: Connect with binary messages, over HTTP/1.1, which keeps its connections, or HTTP/2
/// with prior knowledge.
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
        address: String, version: HTTPVersion = .http11, client: HTTPClient = .shared,
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
        precondition(method.shape == .unary, "\(method.path) has another shape")
        let body: Data
        do {
            body = try request.serialized()
        } catch {
            throw RPCStatus(.internal, "the request cannot be serialised")
        }
        let response = try await send(
            HTTPClient.Request(
                method: "POST", url: address + method.path, fields: fields(metadata, timeout), body: body,
                version: version, timeout: timeout, maxResponseBytes: maxResponseBytes, onProgress: onProgress))
        do {
            return try R(serialized: response)
        } catch {
            throw RPCStatus(.internal, "the answer is no \(R.fullName)")
        }
    }

    private func fields(_ metadata: Metadata, _ timeout: Duration?) -> HTTPFields {
        var fields: HTTPFields = ["content-type": "application/proto", "connect-protocol-version": "1"]
        if let timeout, let milliseconds = Self.timeoutField(timeout) {
            fields.append("connect-timeout-ms", milliseconds)
        }
        fields.append(metadata.fields())
        return fields
    }

    /// At most ten digits; nil for a time-out too long to say.
    private static func timeoutField(_ timeout: Duration) -> String? {
        let parts = timeout.components
        guard parts.seconds < 9_999_999 else { return nil }
        return "\(max(0, parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000))"
    }

    private func send(_ request: HTTPClient.Request) async throws(RPCStatus) -> Data {
        let response: HTTPResponse
        let body: Data
        do {
            response = try await client.send(request)
            body = try await response.body.collect(limit: maxResponseBytes)
        } catch {
            throw RPCStatus(clientError: error)
        }
        let type = MediaType(response.fields["content-type"] ?? "")
        if response.status == 200 {
            guard type.essence == "application/proto" else {
                throw RPCStatus(.internal, "the answer's media type is not application/proto")
            }
            return body
        }
        if type.essence == "application/json", let status = ConnectError.decode(body) { throw status }
        throw RPCStatus(
            RPCStatus.Code(inferredFromConnectHTTPStatus: response.status),
            "the server answered with HTTP status \(response.status)")
    }
}

extension RPCStatus {
    /// What a caller is told when no answer came.
    init(clientError error: HTTPError) {
        switch error {
        case .cannotConnect(let host): self.init(.unavailable, "nobody answers at \(host)")
        case .connectionLost: self.init(.unavailable, "the connection was lost")
        case .timedOut: self = .deadlinePassed
        case .cancelled: self.init(.cancelled, "the call was cancelled")
        case .responseTooLarge(let limit): self.init(.resourceExhausted, "the answer is larger than \(limit) bytes")
        case .invalidURL: self.init(.invalidArgument, "the server's address is no URL")
        default: self.init(.internal, "the exchange failed")
        }
    }
}
