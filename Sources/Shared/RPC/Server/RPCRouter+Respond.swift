package import HTTP

extension RPCRouter {
    /// The answer in the protocol the request came in; nil where the request is no call and its path none of ours.
    ///
    /// Runs the handler in the caller's Task, so cancelling that cancels the handler.
    package func respond(to request: HTTPRequest) async -> HTTPResponse? {
        let type = MediaType(request.fields["content-type"] ?? "")
        do throws(HTTPRefusal) {
            if type.isGRPC { return await serve(try GRPCProtocol(request, type, limits), request) }
            if type.isGRPCWeb { return await serve(try GRPCWebProtocol(request, type, limits), request) }
            if type.isConnectStream { return await serve(try ConnectStreamingProtocol(request, type, limits), request) }
            guard isOurs(request.path) || type.isProtobuf else { return nil }
            return await serve(ConnectUnaryProtocol(request, type, limits), request)
        } catch {
            return error.response
        }
    }

    /// Whether the path lies under one of our services.
    private func isOurs(_ path: String) -> Bool {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return false }
        return services.contains(String(path[..<slash].dropFirst()))
    }

    /// One call, from its headers to its answer.
    private func serve<P: ServerProtocol>(_ callProtocol: P, _ request: HTTPRequest) async -> HTTPResponse {
        let method = methods[request.path]
        let metadata = Metadata(request.fields)
        let span = CallSpan(
            method: method?.name ?? "unknown", transport: P.transport, metadata: metadata, observer: observer)
        do {
            guard let method else {
                _ = try gate?.admit(request, toMethod: nil)
                throw RPCStatus.noSuchMethod
            }
            let head = try callProtocol.head(of: method)
            // What is compressed may be a thousand times as long as it looks.
            let isImmediate = method.isShort && request.body.isWhole && head.requestCompression == .identity
            if !isImmediate { await leaveEventLoop() }
            let context = CallContext(
                method: method.name, transport: P.transport, metadata: metadata,
                deadline: deadline(head.timeout), remoteAddress: request.remoteAddress,
                caller: try gate?.admit(request, toMethod: method.name))
            return await callProtocol.respond(
                to: ServerCall(
                    method: method, head: head, context: context, span: span, errorMapper: errorMapper,
                    undecodable: P.undecodable, isImmediate: isImmediate))
        } catch let refusal as RPCRefusal {
            span.end(refusal.status)
            return callProtocol.failure(refusal.status, refusal.metadata)
        } catch let refusal as HTTPRefusal {
            span.end(RPCStatus(.invalidArgument, "HTTP \(refusal.response.status)"))
            return refusal.response
        } catch {
            let status = error as? RPCStatus ?? RPCStatus(.internal)
            span.end(status)
            return callProtocol.failure(status, ResponseMetadata())
        }
    }

    /// When a caller stops waiting who gives `timeout`, cut to the longest that we allow; nil: never.
    func deadline(_ timeout: Duration?) -> ContinuousClock.Instant? {
        Deadline.after(timeout.map { min($0, limits.maxTimeout) })
    }
}
