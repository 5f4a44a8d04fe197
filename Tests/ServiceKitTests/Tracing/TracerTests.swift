import RPC
import ServiceKit
import Testing

/// What waits for a collector; `Tests/Interop/test_traces.py` has one that reads it.
@Suite struct TracerTests {
    private func span(_ context: TraceContext) -> Span {
        Span(
            name: "work", kind: .server, context: context, parent: 1, begin: 1_700_000_000_000_000_000,
            end: 1_700_000_000_000_500_000, error: "internal", attributes: ["n": 3, "transport": "grpc"])
    }

    @Test func `without a collector nothing is sampled and nothing kept`() async {
        let metrics = Metrics()
        let tracer = Tracer(exporter: nil, sampleRatio: 1, metrics: metrics)
        #expect(tracer.samples(newTrace: "x") == false)
        tracer.record(span(TraceContext(isSampled: true)))
        await tracer.stop()
        #expect(metrics.exposition().contains("hilum_trace_spans_dropped_total 0\n"))
    }

    @Test func `a collector that is away costs a bounded number of operations, and they are counted`() async {
        let metrics = Metrics()
        // Port 9 is `discard`; nothing listens there on this machine's own address.
        let exporter = OTLPExporter(
            endpoint: "http://127.0.0.1:9", logger: Logger(service: "test", sink: { _ in }))
        let tracer = Tracer(exporter: exporter, sampleRatio: 1, metrics: metrics)
        #expect(tracer.samples(newTrace: "x") && !tracer.samples(newTrace: "grpc.health.v1.Health/Check"))
        for _ in 0..<8200 { tracer.record(span(TraceContext(isSampled: true))) }
        tracer.record(span(TraceContext(isSampled: false)))
        #expect(metrics.exposition().contains("hilum_trace_spans_dropped_total 8\n"))
        await tracer.flush()
        #expect(metrics.exposition().contains("hilum_trace_spans_dropped_total 520\n"))
        #expect(metrics.exposition().contains("hilum_trace_spans_exported_total 0\n"))
    }
}
