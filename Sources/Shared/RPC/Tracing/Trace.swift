/// The operation that the current Task works on, and who hears of it when it has ended.
///
/// A server sets it for each call, a client hands it on to the server it calls.
package struct Trace: Sendable {
    /// Of the current Task; nil where nobody traces.
    @TaskLocal package static var current: Trace?

    package let context: TraceContext
    let recorder: any SpanRecorder

    package init(_ context: TraceContext, recorder: any SpanRecorder) {
        self.context = context
        self.recorder = recorder
    }

    /// Runs `work` as an operation that serves a caller, part of the trace that the caller's `metadata` names.
    package static func serving<Result>(
        _ name: String, metadata: Metadata, recorder: any SpanRecorder,
        isolation: isolated (any Actor)? = #isolation, _ work: () async throws -> Result
    ) async rethrows -> Result {
        let (trace, caller) = begin(name, metadata, recorder)
        let watch = SpanWatch()
        defer {
            recorder.record(
                watch.span(name, .server, trace.context, parent: caller?.spanID, error: nil, attributes: [:]))
        }
        return try await $current.withValue(trace) { try await work() }
    }

    /// Runs `work` on the calling thread as the first operation of a trace, which `work` is given.
    package static func serving<Result>(
        _ name: String, recorder: any SpanRecorder, _ work: (TraceContext) throws -> Result
    ) rethrows -> Result {
        let (trace, _) = begin(name, Metadata(), recorder)
        let watch = SpanWatch()
        defer {
            recorder.record(watch.span(name, .server, trace.context, parent: nil, error: nil, attributes: [:]))
        }
        return try work(trace.context)
    }

    /// An operation that serves a caller, and the caller's own where it said so.
    static func begin(
        _ name: String, _ metadata: Metadata, _ recorder: any SpanRecorder
    ) -> (trace: Trace, caller: TraceContext?) {
        let caller = metadata["traceparent"].flatMap { TraceContext(parent: $0, state: metadata["tracestate"] ?? "") }
        let context = caller?.child() ?? TraceContext(isSampled: recorder.samples(newTrace: name))
        return (Trace(context, recorder: recorder), caller)
    }

    /// Runs `work` as an operation within the current one; without one just runs it.
    ///
    /// - Parameter status: what the operation came to, from the error it threw.
    package static func span<Result, Failure: Error>(
        _ name: String, _ kind: Span.Kind = .internal, attributes: [String: SpanAttribute] = [:],
        isolation: isolated (any Actor)? = #isolation,
        _ work: () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        guard let parent = current else { return try await work() }
        let trace = Trace(parent.context.child(), recorder: parent.recorder)
        let watch = SpanWatch()
        let outcome: Swift.Result<Result, Failure> = await $current.withValue(trace) {
            do throws(Failure) {
                return .success(try await work())
            } catch {
                return .failure(error)
            }
        }
        var error: (any Error)?
        if case .failure(let failure) = outcome { error = failure }
        parent.recorder.record(
            watch.span(
                name, kind, trace.context, parent: parent.context.spanID, error: error.map(Span.describe),
                attributes: attributes))
        return try outcome.get()
    }

    /// Records stages of the current operation that ended just now, one after the other, from how long each took.
    package static func record(stages: [(name: String, duration: Duration)]) {
        guard let current, current.context.isSampled else { return }
        let total = stages.reduce(Duration.zero) { $0 + $1.duration }
        var end = SpanWatch.wallClock() - min(total, .seconds(86_400)).nanoseconds
        for stage in stages where stage.duration > .zero {
            let begin = end
            end += stage.duration.nanoseconds
            current.recorder.record(
                Span(
                    name: stage.name, kind: .internal, context: current.context.child(),
                    parent: current.context.spanID, begin: begin, end: end, error: nil, attributes: [:]))
        }
    }
}

/// Takes operations that have ended; never blocks.
package protocol SpanRecorder: Sendable {
    /// Whether a trace that begins here, with an operation of this name, is to be kept.
    func samples(newTrace name: String) -> Bool
    func record(_ span: Span)
}
