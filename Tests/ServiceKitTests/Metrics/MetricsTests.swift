import ServiceKit
import Testing

@Suite struct MetricsTests {
    @Test func `counter, gauge and histogram print as Prometheus text ordered by name`() {
        let metrics = Metrics()
        let calls = metrics.counter("hilum_calls_total", help: "Calls, by method.", labels: ["method", "code"])
        let waiting = metrics.gauge("hilum_waiting_requests", help: "Requests\nthat wait \\ now.")
        let seconds = metrics.histogram("hilum_call_seconds", help: "Time.", labels: ["method"], bounds: [0.5, 2])
        calls.increment("A", "OK")
        calls.increment(by: 2, "A", "OK")
        calls.increment("quote\" back\\ line\n", "OK")
        waiting.set(3)
        waiting.add(-1)
        seconds.observe(0.5, "A")
        seconds.observe(.milliseconds(1500), "A")
        seconds.observe(100, "A")
        #expect(
            metrics.exposition() == #"""
                # HELP hilum_call_seconds Time.
                # TYPE hilum_call_seconds histogram
                hilum_call_seconds_bucket{method="A",le="0.5"} 1
                hilum_call_seconds_bucket{method="A",le="2"} 2
                hilum_call_seconds_bucket{method="A",le="+Inf"} 3
                hilum_call_seconds_sum{method="A"} 102
                hilum_call_seconds_count{method="A"} 3
                # HELP hilum_calls_total Calls, by method.
                # TYPE hilum_calls_total counter
                hilum_calls_total{method="A",code="OK"} 3
                hilum_calls_total{method="quote\" back\\ line\n",code="OK"} 1
                # HELP hilum_waiting_requests Requests\nthat wait \\ now.
                # TYPE hilum_waiting_requests gauge
                hilum_waiting_requests 2

                """#)
    }

    @Test func `a metric without labels is printed before its first use and one that is computed when read`() {
        let metrics = Metrics()
        _ = metrics.counter("a_total", help: "A.")
        metrics.gauge("b_bytes", help: "B.") { 1.5 }
        metrics.gauge("c_bytes", help: "C.") { nil }
        metrics.counter("d_total", help: "D.") { 2 }
        #expect(
            metrics.exposition() == """
                # HELP a_total A.
                # TYPE a_total counter
                a_total 0
                # HELP b_bytes B.
                # TYPE b_bytes gauge
                b_bytes 1.5
                # HELP d_total D.
                # TYPE d_total counter
                d_total 2

                """)
    }

    @Test func `label sets beyond the limit are counted together`() {
        let metrics = Metrics()
        let counter = metrics.counter("a_total", help: "A.", labels: ["caller"])
        for caller in 0..<1000 { counter.increment("caller \(caller)") }
        let lines = metrics.exposition().split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count == 257)
        #expect(lines.contains("a_total{caller=\"other\"} 744"))
    }
}
