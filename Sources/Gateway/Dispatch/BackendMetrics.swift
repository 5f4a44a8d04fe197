package import ServiceKit

/// What the gateway counts of the replicas behind it; they are named by `host:port`.
package struct BackendMetrics: Sendable {
    let log: Logger
    /// Calls that ended, by service, replica and outcome.
    let calls: Counter
    /// Duration of a call, by service and replica.
    let callSeconds: Histogram
    /// Calls under way, by service and replica.
    let outstanding: Gauge
    /// 1 where a replica gets calls, by service and replica.
    let available: Gauge
    /// How often a replica was left out, by service, replica and reason.
    let ejections: Counter
    /// Calls that were to be sent again, by service and whether the budget allowed it.
    let retries: Counter
    /// Look-ups of names that failed, by service.
    let lookupFailures: Counter

    package init(_ metrics: Metrics, log: Logger) {
        self.log = log
        calls = metrics.counter(
            "hilum_gateway_replica_calls_total",
            help: "Calls to a replica that ended: answered, failed, unreachable or abandoned.",
            labels: ["service", "replica", "outcome"])
        callSeconds = metrics.histogram(
            "hilum_gateway_replica_call_seconds", help: "Duration of a call to a replica.",
            labels: ["service", "replica"])
        outstanding = metrics.gauge(
            "hilum_gateway_replica_outstanding_calls", help: "Calls that are with a replica.",
            labels: ["service", "replica"])
        available = metrics.gauge(
            "hilum_gateway_replica_available", help: "1 where a replica gets calls, 0 where it is left out.",
            labels: ["service", "replica"])
        ejections = metrics.counter(
            "hilum_gateway_replica_ejections_total",
            help: "How often a replica was left out: unreachable, failing or not serving.",
            labels: ["service", "replica", "reason"])
        retries = metrics.counter(
            "hilum_gateway_retries_total", help: "Calls that were to be sent again: sent or over budget.",
            labels: ["service", "decision"])
        lookupFailures = metrics.counter(
            "hilum_gateway_lookup_failures_total", help: "Look-ups of a service's name that failed.",
            labels: ["service"])
    }
}
