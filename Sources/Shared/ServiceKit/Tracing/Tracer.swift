package import RPC
import Synchronization

/// Keeps the operations of sampled traces until they have been sent to a collector; without one only hands contexts on.
///
/// Never blocks and never grows: what finds no room, or no collector, is counted and dropped.
package final class Tracer: SpanRecorder {
    /// Operations waiting at most.
    private static let capacity = 8192
    /// Operations of one request at most.
    private static let batchSize = 512
    /// How often what waits is sent.
    private static let interval = Duration.seconds(1)

    private let exporter: OTLPExporter?
    private let sampleRatio: Double
    private let dropped: Counter
    private let exported: Counter
    private let waiting = Mutex<[Span]>([])
    private let loop = Mutex<Task<Void, Never>?>(nil)

    /// - Parameter sampleRatio: part of the traces beginning here that are kept.
    package init(exporter: OTLPExporter?, sampleRatio: Double, metrics: Metrics) {
        self.exporter = exporter
        self.sampleRatio = sampleRatio
        exported = metrics.counter("hilum_trace_spans_exported_total", help: "Operations that a collector has taken.")
        dropped = metrics.counter(
            "hilum_trace_spans_dropped_total", help: "Operations lost because the collector was slow or away.")
    }

    /// Health checks come every second and begin no trace.
    package func samples(newTrace name: String) -> Bool {
        exporter != nil && !name.hasPrefix("grpc.health.") && Double.random(in: 0..<1) < sampleRatio
    }

    package func record(_ span: Span) {
        guard exporter != nil, span.context.isSampled else { return }
        let isTaken = waiting.withLock { waiting in
            guard waiting.count < Self.capacity else { return false }
            waiting.append(span)
            return true
        }
        if !isTaken { dropped.increment() }
    }

    /// Sends what waits every second from now on.
    package func start() {
        guard exporter != nil else { return }
        let task = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.interval)
                await self?.flush()
            }
        }
        loop.withLock { $0 = task }
    }

    /// Sends what still waits, and ends.
    package func stop() async {
        let task = loop.withLock { $0.take() }
        task?.cancel()
        await task?.value
        await flush()
    }

    /// Sends what waits now, batch by batch.
    package func flush() async {
        guard let exporter else { return }
        while true {
            let batch = waiting.withLock { waiting in
                let batch = Array(waiting.prefix(Self.batchSize))
                waiting.removeFirst(batch.count)
                return batch
            }
            if batch.isEmpty { return }
            let isTaken = await exporter.send(batch)
            (isTaken ? exported : dropped).increment(by: Double(batch.count))
            if !isTaken { return }
        }
    }
}
