import Synchronization

/// Tells the observer of one call: that it began, and once how it ended, even where its answer is dropped half-way.
package final class CallSpan: Sendable {
    private let method: String
    private let transport: CallContext.Transport
    private let observer: (any RPCObserver)?
    private let watch = SpanWatch()
    private let hasEnded = Mutex(false)
    /// The operation on the caller's side, where it said so.
    private let caller: TraceContext?
    /// What the call's handler works on; nil where nobody traces.
    private let trace: Trace?

    /// - Parameter metadata: what the caller sent: its `traceparent` makes the call part of its trace.
    package init(
        method: String, transport: CallContext.Transport, metadata: Metadata = Metadata(),
        observer: (any RPCObserver)?
    ) {
        self.method = method
        self.transport = transport
        self.observer = observer
        let begun = observer?.spans.map { Trace.begin(method, metadata, $0) }
        (trace, caller) = (begun?.trace, begun?.caller)
        observer?.callStarted(method: method)
    }

    deinit { end(RPCStatus(.cancelled, "the caller has left")) }

    /// Runs a part of the call as the operation that it is.
    package func traced<T>(_ work: () async throws -> T) async throws -> T {
        guard let trace else { return try await work() }
        return try await Trace.$current.withValue(trace) { try await work() }
    }

    package func end(_ status: RPCStatus, _ error: (any Error)? = nil) {
        let isFirst = hasEnded.withLock { hasEnded in
            defer { hasEnded = true }
            return !hasEnded
        }
        guard isFirst, let observer else { return }
        observer.callEnded(
            CallRecord(
                method: method, transport: transport, status: status, duration: watch.elapsed, error: error,
                trace: trace?.context))
        record(status)
    }

    private func record(_ status: RPCStatus) {
        guard let trace, trace.context.isSampled else { return }
        trace.recorder.record(
            watch.span(
                method, .server, trace.context, parent: caller?.spanID,
                error: status.code == .ok ? nil : status.code.connectName,
                attributes: [
                    "rpc.transport": .string(transport.rawValue), "rpc.code": .string(status.code.connectName),
                ]
            ))
    }
}
