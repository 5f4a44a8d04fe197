package import ServiceKit

/// What the gateway counts.
package struct GatewayMetrics: Sendable {
    /// Instances submitted, by what became of them.
    package let instances: Counter
    /// Jobs that came back from a service, by route and outcome.
    package let jobs: Counter
    /// Duration of a call to a service, by route.
    package let callSeconds: Histogram

    /// Time from a study's first instance to a point on its way.
    package let turnaroundSeconds: Histogram
    /// Readers' verdicts, by finding or study, and whether they agreed.
    package let verdicts: Counter

    /// Findings that a shadow model and the one that counts were asked for, by whether both flagged or neither did.
    package let shadowFindings: Counter

    /// Jobs waiting and dispatched, by state.
    package let openJobs: Gauge
    /// Studies that are not complete.
    package let pendingStudies: Gauge
    /// How long the oldest of them has been waiting.
    package let oldestSeconds: Gauge

    package init(_ metrics: Metrics) {
        openJobs = metrics.gauge(
            "hilum_gateway_open_jobs", help: "Jobs that wait to be sent (received) or are with a service (dispatched).",
            labels: ["state"])
        pendingStudies = metrics.gauge("hilum_gateway_pending_studies", help: "Studies that are not complete.")
        oldestSeconds = metrics.gauge(
            "hilum_gateway_oldest_pending_seconds", help: "Age of the oldest study that is not complete.")
        instances = metrics.counter(
            "hilum_gateway_instances_total",
            help: "Instances submitted: accepted, duplicate, conflict or unreadable.", labels: ["outcome"])
        jobs = metrics.counter(
            "hilum_gateway_jobs_total",
            help: "Jobs back from a service: answered, refused, failed, postponed or stale.",
            labels: ["route", "outcome"])
        turnaroundSeconds = metrics.histogram(
            "hilum_gateway_turnaround_seconds",
            help: "From a study's first instance until it is answered, claimed by a reader, reviewed.",
            labels: ["until"],
            bounds: [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400])
        verdicts = metrics.counter(
            "hilum_gateway_verdicts_total",
            help: "Readers' verdicts on a finding, a flagged study or an unflagged study: accepted or rejected.",
            labels: ["subject", "verdict"])
        shadowFindings = metrics.counter(
            "hilum_gateway_shadow_findings_total",
            help: "Findings of a shadow model beside those of the model that counts: agree or disagree.",
            labels: ["model", "finding", "outcome"])
        callSeconds = metrics.histogram(
            "hilum_gateway_call_seconds", help: "Duration of a call to a service.", labels: ["route"])
    }

    /// Counts what the ledger tells.
    package func note(_ notice: LedgerNotice) {
        switch notice {
        case .changed, .workDue: break
        case .shadowed(let model, let main, let shadow):
            for agreement in ShadowAgreement.of(main, shadow) {
                shadowFindings.increment(model, agreement.finding, agreement.agrees ? "agree" : "disagree")
            }
        case .reached(let milestone, let age): turnaroundSeconds.observe(age, milestone.rawValue)
        case .verdict(let subject, let isAccepted):
            verdicts.increment(subject, isAccepted ? "accepted" : "rejected")
        }
    }

    /// Shows how much is still to be done.
    func show(_ load: LedgerLoad, at now: Timestamp) {
        openJobs.set(Double(load.waitingJobs), "received")
        openJobs.set(Double(load.dispatchedJobs), "dispatched")
        pendingStudies.set(Double(load.pendingStudies))
        oldestSeconds.set(load.oldestPending.map { (now - $0).inSeconds } ?? 0)
    }
}
