import Foundation
package import HTTP
package import Wire

/// Calls methods of one server: Connect with binary messages, over connections that are kept; HTTP/2 with TLS,
/// HTTP/1.1 without.
package struct RPCClient: Sendable {
    /// `http://127.0.0.1:8081`, without a slash at the end.
    package let address: String
    private let connectTo: String?
    private let version: HTTPVersion
    private let tls: HTTPClient.TLS
    private let metadata: Metadata
    private let client: HTTPClient
    private let connectTimeout: Duration
    private let maxResponseBytes: Int

    /// - Parameters:
    ///   - address: `http://host:port` or `https://host:port`; `host:port` is taken as the former.
    ///   - connectTo: `address:port` of the one replica meant, where the host's name has several.
    ///   - version: nil: HTTP/2 where TLS agrees on it, HTTP/1.1 over clear text.
    ///   - metadata: sent with every call: a token, for example.
    ///   - connectTimeout: for reaching the server.
    ///   - maxResponseBytes: of one answer.
    package init(
        address: String, connectTo: String? = nil, version: HTTPVersion? = nil, tls: HTTPClient.TLS = HTTPClient.TLS(),
        metadata: Metadata = Metadata(), client: HTTPClient = .shared, connectTimeout: Duration = .seconds(10),
        maxResponseBytes: Int = 256 << 20
    ) {
        let withScheme = address.contains("://") ? address : "http://\(address)"
        self.address = withScheme.hasSuffix("/") ? String(withScheme.dropLast()) : withScheme
        self.connectTo = connectTo
        self.version = version ?? (withScheme.hasPrefix("https:") ? .http2 : .http11)
        self.tls = tls
        self.metadata = metadata
        self.client = client
        self.connectTimeout = connectTimeout
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
        do throws(CallFailure) {
            return try await attempt(method, request, metadata: metadata, timeout: timeout, onProgress: onProgress)
        } catch {
            throw error.status
        }
    }

    /// The same, saying where it failed.
    package func attempt<Q: Message, R: Message>(
        _ method: MethodDescriptor<Q, R>, _ request: Q, metadata: Metadata = Metadata(), timeout: Duration? = nil,
        onProgress: (@Sendable (HTTPClient.TransferProgress) -> Void)? = nil
    ) async throws(CallFailure) -> R {
        precondition(method.shape == .unary, "\(method.path) has another shape")
        let body: Data
        do {
            body = try request.serialized()
        } catch {
            throw CallFailure(RPCStatus(.internal, "the request cannot be serialised"), .caller)
        }
        let response = try await Trace.span(
            "\(method.service)/\(method.name)", .client, attributes: ["server.address": .string(address)]
        ) { () async throws(CallFailure) in
            try await send(
                HTTPClient.Request(
                    method: "POST", url: address + method.path, connectTo: connectTo, tls: tls,
                    fields: fields(metadata, timeout), body: body, version: version, timeout: timeout,
                    connectTimeout: connectTimeout, isRepeatable: method.isRepeatable,
                    maxResponseBytes: maxResponseBytes, onProgress: onProgress))
        }
        do {
            return try R(serialized: response)
        } catch {
            throw CallFailure(RPCStatus(.internal, "the answer is no \(R.fullName)"), .server)
        }
    }

    private func fields(_ metadata: Metadata, _ timeout: Duration?) -> HTTPFields {
        var fields: HTTPFields = ["content-type": "application/proto", "connect-protocol-version": "1"]
        if let timeout, let milliseconds = Self.timeoutField(timeout) {
            fields.append("connect-timeout-ms", milliseconds)
        }
        fields.append(self.metadata.fields())
        fields.append(metadata.fields())
        if let trace = Trace.current?.context {
            fields.append("traceparent", trace.parent)
            if !trace.state.isEmpty { fields.append("tracestate", trace.state) }
        }
        return fields
    }

    /// At most ten digits; nil for a time-out too long to say.
    private static func timeoutField(_ timeout: Duration) -> String? {
        let parts = timeout.components
        guard parts.seconds < 9_999_999 else { return nil }
        return "\(max(0, parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000))"
    }

    private func send(_ request: HTTPClient.Request) async throws(CallFailure) -> Data {
        let response: HTTPResponse
        let body: Data
        do {
            response = try await client.send(request)
            body = try await response.body.collect(limit: maxResponseBytes)
        } catch {
            throw CallFailure(error)
        }
        let type = MediaType(response.fields["content-type"] ?? "")
        if response.status == 200 {
            guard type.essence == "application/proto" else {
                throw CallFailure(RPCStatus(.internal, "the answer's media type is not application/proto"), .server)
            }
            return body
        }
        if type.essence == "application/json", let status = ConnectError.decode(body) {
            throw CallFailure(status, .server)
        }
        let code = RPCStatus.Code(inferredFromConnectHTTPStatus: response.status)
        throw CallFailure(RPCStatus(code, "the server answered with HTTP status \(response.status)"), .server)
    }
}

extension MethodDescriptor {
    /// A call may be sent again though the server may have acted on it (`idempotency_level`).
    var isRepeatable: Bool { idempotency != .unknown }
}
