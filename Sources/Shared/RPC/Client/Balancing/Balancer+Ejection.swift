extension Balancer {
    /// What is known of one replica.
    struct Replica: Sendable {
        struct Ejection: Sendable {
            let reason: Reason
            let until: ContinuousClock.Instant
            let duration: Duration
        }

        /// Calls that have not ended.
        var outstanding = 0
        /// What the health checks say.
        var isServing = true
        /// What the last change said.
        var shown: Reason?
        var ejection: Ejection?
        private(set) var unansweredChecks = 0
        fileprivate(set) var failures = 0
        /// Ejections without a quiet time between them.
        fileprivate(set) var ejections = 0

        /// Why it gets no calls; nil: it gets them.
        func unavailability(at now: ContinuousClock.Instant) -> Reason? {
            if let ejection, ejection.until > now { return ejection.reason }
            return isServing ? nil : .notServing
        }

        /// It works. Once it has for as long as it was out, its past is forgotten.
        mutating func noteAnswer(at now: ContinuousClock.Instant) {
            failures = 0
            guard let ejection else { return }
            if ejection.reason == .unreachable, ejection.until > now {
                self.ejection = nil
            } else if now >= ejection.until + ejection.duration {
                self.ejection = nil
                ejections = 0
            }
        }

        /// What could not be reached can be again; failures are for calls to disprove.
        mutating func noteServing() {
            isServing = true
            unansweredChecks = 0
            if ejection?.reason == .unreachable { ejection = nil }
        }

        mutating func noteUnansweredCheck() {
            unansweredChecks += 1
            if unansweredChecks >= BalancerOptions.failedChecks { isServing = false }
        }
    }

    /// Ejects a replica that fails again and again, unless too many are out already. The count of failures stays: the
    /// first call after its return decides.
    mutating func noteFailure(of endpoint: Endpoint, at now: ContinuousClock.Instant) {
        replicas[endpoint]?.failures += 1
        guard let failures = replicas[endpoint]?.failures, failures >= options.ejectAfterFailures,
            mayEjectOneMore(at: now)
        else { return }
        eject(endpoint, .failing, at: now)
    }

    /// The bound is on what is ejected by judgement; that nobody answers at an address is a fact.
    private func mayEjectOneMore(at now: ContinuousClock.Instant) -> Bool {
        let ejected = replicas.values.filter { $0.unavailability(at: now) == .failing }.count
        return Double(ejected + 1) <= options.maxEjectedShare * Double(replicas.count)
    }

    /// Calls that were out when a replica was ejected, and end later, make it no worse.
    mutating func eject(_ endpoint: Endpoint, _ reason: Reason, at now: ContinuousClock.Instant) {
        guard var replica = replicas[endpoint], replica.ejection.map({ $0.until <= now }) ?? true else { return }
        let doublings = min(replica.ejections, 30)
        let duration = min(options.firstEjection * (1 << doublings), options.longestEjection)
        replica.ejections += 1
        replica.ejection = Replica.Ejection(reason: reason, until: now + duration, duration: duration)
        replicas[endpoint] = replica
    }
}
