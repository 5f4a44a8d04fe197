package import ServiceKit

/// What the gateway counts.
package struct GatewayMetrics: Sendable {
    /// Instances submitted, by what became of them.
    package let instances: Counter
    /// Jobs that came back from a service, by route and outcome.
    package let jobs: Counter
    /// Duration of a call to a service, by route.
    package let callSeconds: Histogram

    package init(_ metrics: Metrics) {
        instances = metrics.counter(
            "hilum_gateway_instances_total",
            help: "Instances submitted: accepted, duplicate, conflict or unreadable.", labels: ["outcome"])
        jobs = metrics.counter(
            "hilum_gateway_jobs_total",
            help: "Jobs back from a service: answered, refused, failed, postponed or stale.",
            labels: ["route", "outcome"])
        callSeconds = metrics.histogram(
            "hilum_gateway_call_seconds", help: "Duration of a call to a service.", labels: ["route"])
    }
}
