/// Hears what a balanced client does: for logs and metrics.
package protocol BalancerObserver: Sendable {
    func note(_ event: BalancerEvent)
}

/// What a balanced client did. Replicas are named by their labels, `host:port`.
package enum BalancerEvent: Sendable {
    case callStarted(replica: String)
    case callEnded(replica: String, Balancer.Outcome, after: Duration)
    /// A call was to be sent again; `allowed` is false where the budget was empty.
    case retry(allowed: Bool)
    case changed(Balancer.Change)
    /// A name could not be looked up; the replicas known before stay.
    case lookupFailed(name: String)
}
