import HTTP

/// Counts what happens at a server's door. Labels come from fixed lists.
struct ServerMetrics: Sendable {
    private let logger: Logger
    private let open: Gauge
    private let opened: Counter
    private let limits: Counter
    private let handshakes: Counter

    init(logger: Logger, metrics: Metrics) {
        self.logger = logger
        open = metrics.gauge("hilum_http_connections", help: "Open connections.")
        opened = metrics.counter("hilum_http_connections_total", help: "Connections that were accepted.")
        limits = metrics.counter(
            "hilum_http_limits_total", help: "How often a peer was refused or cut off, by the limit it met.",
            labels: ["limit"])
        handshakes = metrics.counter(
            "hilum_tls_handshake_failures_total", help: "TLS handshakes that failed.")
    }

    func observe(_ event: HTTPServerEvent) {
        switch event {
        case .connectionOpened:
            open.add(1)
            opened.increment()
        case .connectionClosed: open.add(-1)
        case .handshakeFailed(let reason):
            handshakes.increment()
            logger.debug("handshake failed", ["error.text": .string(reason)])
        case .limitReached(let limit):
            limits.increment(limit.rawValue)
            logger.debug("limit reached", ["limit": .string(limit.rawValue)])
        }
    }

    /// Shows what the server holds just now.
    static func add(_ figures: HTTPServerFigures, to metrics: Metrics) {
        metrics.gauge("hilum_http_bytes_in_flight", help: "Bytes of requests and answers in memory.") {
            Double(figures.bytesInFlight)
        }
    }
}
