import Synchronization

/// Tells the observer of one call: that it began, and once how it ended, even where its answer is dropped half-way.
package final class CallSpan: Sendable {
    private let method: String
    private let transport: CallContext.Transport
    private let observer: (any RPCObserver)?
    private let begin = ContinuousClock.now
    private let hasEnded = Mutex(false)

    package init(method: String, transport: CallContext.Transport, observer: (any RPCObserver)?) {
        self.method = method
        self.transport = transport
        self.observer = observer
        observer?.callStarted(method: method)
    }

    deinit { end(RPCStatus(.cancelled, "the caller has left")) }

    package func end(_ status: RPCStatus, _ error: (any Error)? = nil) {
        let isFirst = hasEnded.withLock { hasEnded in
            defer { hasEnded = true }
            return !hasEnded
        }
        guard isFirst, let observer else { return }
        observer.callEnded(
            CallRecord(method: method, transport: transport, status: status, duration: .now - begin, error: error))
    }
}
