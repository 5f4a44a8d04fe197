import Foundation

/// One call of one method in the internal form: what is left once a protocol has read its headers and envelopes.
struct ServerCall: Sendable {
    let method: RegisteredMethod
    let head: CallHead
    let context: CallContext
    let span: CallSpan
    let errorMapper: RPCRouter.ErrorMapper
    /// The protocol's code for a request that is no message.
    let undecodable: RPCStatus.Code
    /// Whether the request is here and its method short: then nothing is waited for, and no clock watches it.
    let isImmediate: Bool

    /// Runs a unary method on the message that `request` gives.
    func unary(
        _ handler: @escaping RegisteredMethod.Unary, _ request: @escaping @Sendable () async throws -> Data
    ) async -> Result<Data, RPCStatus> {
        do {
            let answer =
                if isImmediate {
                    try await Deadline.runUnwatched(before: context.deadline) {
                        try await span.traced { try await handler(try await request(), head.codec, context) }
                    }
                } else {
                    try await Deadline.run(until: context.deadline) { [self] in
                        try await span.traced { try await handler(try await request(), head.codec, context) }
                    }
                }
            span.end(.ok)
            return .success(answer)
        } catch {
            return .failure(end(with: error))
        }
    }

    /// Runs any other method; what it answers is made as the stream is pulled.
    func streaming(
        _ handler: @escaping RegisteredMethod.Streaming, _ requests: ByteMessages
    ) async -> Result<ByteMessages, RPCStatus> {
        do {
            let messages = try await Deadline.run(until: context.deadline) { [self] in
                try await span.traced { try await handler(requests, head.codec, context) }
            }
            return .success(messages)
        } catch {
            return .failure(end(with: error))
        }
    }

    /// The next message of an answer; a throw is the call's last status.
    func next(_ next: @escaping ByteMessages.Next) async throws(RPCStatus) -> Data? {
        nonisolated(unsafe) let next = next  // pulled by one Task at a time, and never again after a throw
        do {
            let message = try await Deadline.run(until: context.deadline) { [self] in
                try await span.traced { try await next() }
            }
            if message == nil { span.end(.ok) }
            return message
        } catch {
            throw end(with: error)
        }
    }

    /// Ends the call before or after its handler ran.
    func end(with error: any Error) -> RPCStatus {
        let status =
            switch error {
            case let status as RPCStatus: status
            case let request as UndecodableRequest: request.status(undecodable)
            case is CancellationError: RPCStatus(.cancelled, "the call was cancelled")
            default: errorMapper(error)
            }
        span.end(status, error)
        return status
    }
}
