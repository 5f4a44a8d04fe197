package import Wire

/// Calls methods of one server. `RPCClient` is the one that uses the network.
package protocol RPCCaller: Sendable {
    /// One request, one answer, one attempt.
    ///
    /// - Parameter timeout: handed on to the server, so that it stops too.
    func attempt<Request: Message, Response: Message>(
        _ method: MethodDescriptor<Request, Response>, _ request: Request, timeout: Duration?
    ) async throws(CallFailure) -> Response
}

extension RPCClient: RPCCaller {
    package func attempt<Request: Message, Response: Message>(
        _ method: MethodDescriptor<Request, Response>, _ request: Request, timeout: Duration?
    ) async throws(CallFailure) -> Response {
        try await attempt(method, request, metadata: Metadata(), timeout: timeout, onProgress: nil)
    }
}
