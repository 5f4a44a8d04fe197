import ServiceKit

/// What is counted of results. Destinations are those of the configuration, so their number is bounded.
struct ResultsMetrics: Sendable {
    /// Reports, by what became of them.
    let reports: Counter
    /// Attempts to deliver, by destination and outcome.
    let deliveries: Counter
    /// Duration of an attempt.
    let seconds: Histogram
    /// What waits and what was given up, by destination.
    private let open: Gauge

    init(_ metrics: Metrics) {
        reports = metrics.counter(
            "hilum_gateway_reports_total", help: "Reports of complete studies: made or postponed.", labels: ["outcome"])
        deliveries = metrics.counter(
            "hilum_gateway_deliveries_total",
            help: "Attempts to send a result: sent, unreachable, refused or failed (given up).",
            labels: ["destination", "outcome"])
        seconds = metrics.histogram(
            "hilum_gateway_delivery_seconds", help: "Duration of an attempt to send a result.", labels: ["destination"])
        open = metrics.gauge(
            "hilum_gateway_undelivered", help: "Results that wait to be sent, or were given up.",
            labels: ["destination", "state"])
    }

    func show(_ load: [OutboxLoad], of destinations: [Destination]) {
        for destination in destinations {
            let found = load.first { $0.destination == destination.name }
            open.set(Double(found?.waiting ?? 0), destination.name, "waiting")
            open.set(Double(found?.failed ?? 0), destination.name, "failed")
        }
    }
}
