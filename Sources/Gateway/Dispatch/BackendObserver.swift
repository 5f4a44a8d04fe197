import RPC
import ServiceKit

/// Turns what happens with a service's replicas into metrics and log lines.
struct BackendObserver: BalancerObserver {
    let route: Route
    let metrics: BackendMetrics
    var replicas = ReplicaList()

    private var service: String { route.rawValue }

    func note(_ event: BalancerEvent) {
        switch event {
        case .callStarted(let replica): metrics.outstanding.add(1, service, replica)
        case .callEnded(let replica, let outcome, let duration):
            metrics.outstanding.add(-1, service, replica)
            metrics.calls.increment(service, replica, outcome.rawValue)
            metrics.callSeconds.observe(duration, service, replica)
        case .retry(let allowed): metrics.retries.increment(service, allowed ? "sent" : "over budget")
        case .lookupFailed(let name):
            metrics.lookupFailures.increment(service)
            metrics.log.warning("name cannot be looked up", ["service": .string(service), "name": .string(name)])
        case .changed(let change): note(change)
        }
    }

    private func note(_ change: Balancer.Change) {
        switch change {
        case .available(let endpoint):
            metrics.available.set(1, service, endpoint.label)
            metrics.log.info(
                "replica gets calls", ["service": .string(service), "replica": .string(endpoint.label)])
        case .unavailable(let endpoint, let reason):
            metrics.available.set(0, service, endpoint.label)
            metrics.ejections.increment(service, endpoint.label, reason.rawValue)
            metrics.log.warning(
                "replica is left out",
                [
                    "service": .string(service), "replica": .string(endpoint.label),
                    "reason": .string(reason.rawValue),
                ])
        case .removed(let endpoint):
            replicas.remove(endpoint)
            forget(endpoint.label)
            metrics.log.info("replica is gone", ["service": .string(service), "replica": .string(endpoint.label)])
        }
    }

    /// Replicas come and go with their addresses; without this their series would fill the families.
    private func forget(_ replica: String) {
        let isGone = { (labels: [String]) in labels.starts(with: [service, replica]) }
        metrics.calls.family.remove(where: isGone)
        metrics.callSeconds.family.remove(where: isGone)
        metrics.available.family.remove(where: isGone)
        metrics.ejections.family.remove(where: isGone)
    }
}
