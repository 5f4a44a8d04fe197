import RPC
import Synchronization
import Testing
import Wire

/// Calls as operations of a trace.
@Suite struct TraceTests {
    private let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    private static let work = MethodDescriptor<Text, Text>(
        service: "test.Trace", name: "Work", shape: .unary,
        idempotency: .unknown)

    /// A server whose method works in two stages and logs where it stands.
    private func transport(_ recorder: RecordedSpans, fails: Bool = false) -> InProcessTransport {
        var router = RPCRouter(observer: TracedCalls(spans: recorder))
        router.unary(Self.work) { request, _ in
            try await Trace.span("inner", attributes: ["part": 1]) {
                if fails { throw RPCStatus(.notFound, "nothing here") }
            }
            return Text(service: Trace.current?.context.parent ?? "")
        }
        return InProcessTransport(router)
    }

    private func options(_ parent: String?) -> InProcessTransport.Options {
        var options = InProcessTransport.Options()
        if let parent { options.metadata = ["traceparent": parent] }
        return options
    }

    @Test func `a call is an operation within its caller's, and its parts within it`() async throws {
        let recorder = RecordedSpans(samples: false)
        let answer = try await transport(recorder).unary(Self.work, Text(), options(parent))
        let spans = recorder.all
        try #require(spans.map(\.name) == ["inner", "test.Trace/Work"])
        #expect(spans.map(\.kind) == [.internal, .server])
        #expect(Set(spans.map { $0.context.traceID.hexadecimal }) == ["0af7651916cd43dd8448eb211c80319c"])
        #expect(spans[1].parent == 0xb7ad_6b71_6920_3331 && spans[0].parent == spans[1].context.spanID)
        #expect(spans[0].attributes == ["part": 1])
        #expect(spans.allSatisfy { $0.error == nil && $0.begin <= $0.end })
        #expect(answer.service == spans[1].context.parent)
    }

    @Test func `a call without a caller's trace begins one, kept where it is sampled`() async throws {
        for samples in [true, false] {
            let recorder = RecordedSpans(samples: samples)
            let answer = try await transport(recorder).unary(Self.work, Text(), options(nil))
            #expect(answer.service.hasSuffix(samples ? "-01" : "-00"))
            #expect(recorder.all.contains { $0.name == "test.Trace/Work" && $0.parent == nil } == samples)
        }
    }

    @Test func `an error stands in the operations it went through, as its code alone`() async throws {
        let recorder = RecordedSpans(samples: true)
        await #expect(throws: RPCStatus.self) {
            try await transport(recorder, fails: true).unary(Self.work, Text(), options(nil))
        }
        #expect(recorder.all.map(\.error) == ["not_found", "not_found"])
    }

    @Test func `stages that have ended lie one behind the other`() throws {
        let recorder = RecordedSpans(samples: true)
        Trace.$current.withValue(Trace(TraceContext(isSampled: true), recorder: recorder)) {
            Trace.record(stages: [("a", .milliseconds(2)), ("none", .zero), ("b", .milliseconds(3))])
        }
        let spans = recorder.all
        try #require(spans.map(\.name) == ["a", "b"])
        #expect(spans.map { $0.end - $0.begin } == [2_000_000, 3_000_000])
        #expect(spans[0].end == spans[1].begin)
    }
}

/// Keeps what it hears.
private final class RecordedSpans: SpanRecorder {
    private let samples: Bool
    private let spans = Mutex<[Span]>([])

    init(samples: Bool) { self.samples = samples }

    func samples(newTrace name: String) -> Bool { samples }

    var all: [Span] { spans.withLock { $0 } }
    func record(_ span: Span) { spans.withLock { if span.context.isSampled { $0.append(span) } } }
}

/// An observer that only traces.
private struct TracedCalls: RPCObserver {
    let spans: (any SpanRecorder)?

    func callStarted(method: String) {}
    func callEnded(_ record: CallRecord) {}
}
