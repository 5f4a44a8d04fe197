import RPC
import Wire

/// Logs each call and counts it by method and code.
struct CallObserver: RPCObserver {
    private let logger: Logger
    private let calls: Counter
    private let seconds: Histogram
    private let inFlight: Gauge
    let spans: (any SpanRecorder)?

    init(logger: Logger, metrics: Metrics, spans: any SpanRecorder) {
        self.logger = logger
        self.spans = spans
        calls = metrics.counter(
            "hilum_rpc_calls_total", help: "Calls that ended, by method and status code.", labels: ["method", "code"])
        seconds = metrics.histogram(
            "hilum_rpc_call_seconds", help: "Time from a call's arrival to its end, by method.", labels: ["method"])
        inFlight = metrics.gauge("hilum_rpc_calls_in_flight", help: "Calls that have not ended.", labels: ["method"])
    }

    func callStarted(method: String) {
        inFlight.add(1, method)
    }

    func callEnded(_ record: CallRecord) {
        inFlight.add(-1, record.method)
        calls.increment(record.method, record.status.code.connectName)
        seconds.observe(record.duration, record.method)

        var metadata: [String: LogValue] = [
            "rpc.method": .string(record.method), "rpc.transport": .string(record.transport.rawValue),
            "rpc.code": .string(record.status.code.connectName), "duration_ms": .milliseconds(record.duration),
        ]
        metadata.merge(Logger.traceMetadata(record.trace)) { $1 }
        if let reason = record.status.errorInfo?.reason { metadata["error.reason"] = .string(reason) }
        if let error = record.error, isOurFault(record.status.code) {
            metadata["error.type"] = .string(String(reflecting: type(of: error)))
            metadata["error.text"] = .string(String(String(describing: error).prefix(500)))
        }
        logger.log(level(of: record), "call ended", metadata)
    }

    private func level(of record: CallRecord) -> LogLevel {
        if isOurFault(record.status.code) { return .error }
        return record.method.hasPrefix("grpc.health.") ? .debug : .info
    }

    private func isOurFault(_ code: RPCStatus.Code) -> Bool {
        code == .unknown || code == .internal || code == .dataLoss
    }
}
