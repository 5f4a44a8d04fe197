package import RPC

extension AdmissionQueue {
    /// Waits for a place within the call's deadline, then does `work`.
    ///
    /// A refusal carries `retry-after` in seconds (RFC 9110 §10.2.3) and `grpc-retry-pushback-ms` (gRPC A6).
    package func run<Result: Sendable>(
        for call: CallContext, _ work: (_ waited: Duration) async throws -> Result
    ) async throws -> Result {
        do {
            return try await run(deadline: call.deadline, work)
        } catch AdmissionError.queueFull(let limit, let retryAfter) {
            let seconds = AdmissionError.wholeSeconds(retryAfter)
            call.response.setLeading("retry-after", String(seconds))
            call.response.setTrailing("grpc-retry-pushback-ms", String(seconds * 1000))
            throw AdmissionError.queueFull(limit: limit, retryAfter: retryAfter)
        }
    }

    /// Shows how full the queue is.
    package func register(in metrics: Metrics) {
        metrics.gauge("hilum_queue_running_requests", help: "Requests being worked on.") { Double(self.load.running) }
        metrics.gauge("hilum_queue_waiting_requests", help: "Requests waiting for a place.") {
            Double(self.load.waiting)
        }
        metrics.gauge("hilum_queue_longest_wait_seconds", help: "How long the request next in line has been waiting.") {
            (self.longestWait ?? .zero) / .seconds(1)
        }
    }
}
