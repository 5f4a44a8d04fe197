/// Hears of every call: for logs and metrics.
package protocol RPCObserver: Sendable {
    /// A call of a known method begins.
    func callStarted(method: String)
    /// A call has ended, however it did.
    func callEnded(_ record: CallRecord)
    /// Who gets the operations that calls are; nil: nobody traces.
    var spans: (any SpanRecorder)? { get }
}

extension RPCObserver {
    package var spans: (any SpanRecorder)? { nil }
}

/// One call that has ended.
package struct CallRecord: Sendable {
    /// `hilum.v1.ClassifierService/Classify`; `unknown` where the path names no method of ours.
    package let method: String
    package let transport: CallContext.Transport
    package let status: RPCStatus
    package let duration: Duration
    /// The error behind `status` where a handler threw one: for the log only.
    package let error: (any Error)?
    /// The call's place in its trace; nil where nobody traces.
    package let trace: TraceContext?
}
