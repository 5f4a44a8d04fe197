package import RPC
package import Wire

/// Calls methods of one backend. `RPCClient` is the one that uses the network.
package protocol RPCCaller: Sendable {
    /// Where the backend is; for logs.
    var address: String { get }

    /// One request, one answer.
    ///
    /// - Parameter timeout: handed on to the backend, so that it stops too.
    func unary<Request: Message, Response: Message>(
        _ method: MethodDescriptor<Request, Response>, _ request: Request, timeout: Duration?
    ) async throws(RPCStatus) -> Response
}

extension RPCClient: RPCCaller {
    package func unary<Request: Message, Response: Message>(
        _ method: MethodDescriptor<Request, Response>, _ request: Request, timeout: Duration?
    ) async throws(RPCStatus) -> Response {
        try await unary(method, request, metadata: Metadata(), timeout: timeout, onProgress: nil)
    }
}
