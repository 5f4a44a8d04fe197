/// Which replica the next call goes to: of two picked at random the one with fewer calls outstanding (Mitzenmacher,
/// "The Power of Two Choices in Randomized Load Balancing", 2001), among those that are available.
///
/// A value without I/O: what happened goes in, with the time; decisions come out, and `takeChanges` says what an
/// operator should know.
package struct Balancer: Sendable {
    /// What became of a call, as far as its replica is concerned.
    package enum Outcome: String, Sendable {
        /// The replica answered, whatever it said of the request.
        case answered
        /// The replica failed or broke off.
        case failed
        /// No connection came about.
        case unreachable
        /// The caller went away: nothing is known.
        case abandoned
    }

    /// What a health check found.
    package enum Check: Sendable {
        case serving
        case notServing
        case unreachable
        case noAnswer
    }

    /// Something an operator should know of a replica.
    package enum Change: Equatable, Sendable {
        case available(Endpoint)
        case unavailable(Endpoint, Reason)
        case removed(Endpoint)
    }

    /// Why a replica gets no calls.
    package enum Reason: String, Sendable {
        case unreachable
        case failing
        case notServing = "not serving"
    }

    let options: BalancerOptions
    var replicas: [Endpoint: Replica] = [:]
    /// In the order in which they were given.
    private var order: [Endpoint] = []
    private var changes: [Change] = []

    package init(_ endpoints: [Endpoint] = [], options: BalancerOptions = BalancerOptions()) {
        self.options = options
        update(endpoints)
    }

    package var endpoints: [Endpoint] { order }

    /// Calls that are with a replica; nil for one that is not known.
    package func outstanding(_ endpoint: Endpoint) -> Int? { replicas[endpoint]?.outstanding }

    /// What changed since it was asked the last time.
    package mutating func takeChanges() -> [Change] {
        defer { changes = [] }
        return changes
    }

    /// The replicas are these now. Those that stay keep what is known of them; calls of those that go are finished.
    package mutating func update(_ endpoints: [Endpoint]) {
        let kept = Set(endpoints)
        for gone in order where !kept.contains(gone) {
            replicas[gone] = nil
            changes.append(.removed(gone))
        }
        order = []
        for endpoint in endpoints where !order.contains(endpoint) {
            order.append(endpoint)
            if replicas[endpoint] == nil {
                replicas[endpoint] = Replica()
                changes.append(.available(endpoint))
            }
        }
    }

    /// The replica for the next call, whose outcome has to be told to `finish`. When none is available, one that is
    /// not: better than no attempt at all. nil: all of them were tried.
    ///
    /// - Parameters:
    ///   - tried: replicas that this call is not to be sent to again.
    ///   - random: a number from 0 up to, without, the one it is given, evenly distributed.
    package mutating func pick(
        except tried: Set<Endpoint> = [], at now: ContinuousClock.Instant, random: (Int) -> Int
    ) -> Endpoint? {
        order.forEach { noteAvailability(of: $0, at: now) }
        let untried = order.filter { !tried.contains($0) }
        let available = untried.filter { replicas[$0]?.unavailability(at: now) == nil }
        guard let chosen = lessLoaded(of: available.isEmpty ? untried : available, random) else { return nil }
        replicas[chosen]?.outstanding += 1
        return chosen
    }

    private func lessLoaded(of candidates: [Endpoint], _ random: (Int) -> Int) -> Endpoint? {
        guard candidates.count > 1 else { return candidates.first }
        let first = random(candidates.count)
        let other = random(candidates.count - 1)
        let second = other < first ? other : other + 1
        let isLess = load(candidates[second]) < load(candidates[first])
        return candidates[isLess ? second : first]
    }

    private func load(_ endpoint: Endpoint) -> Int { replicas[endpoint]?.outstanding ?? 0 }

    /// A call that `pick` gave out has ended.
    package mutating func finish(_ endpoint: Endpoint, _ outcome: Outcome, at now: ContinuousClock.Instant) {
        replicas[endpoint]?.outstanding -= 1
        switch outcome {
        case .answered: replicas[endpoint]?.noteAnswer(at: now)
        case .failed: noteFailure(of: endpoint, at: now)
        case .unreachable: eject(endpoint, .unreachable, at: now)
        case .abandoned: break
        }
        noteAvailability(of: endpoint, at: now)
    }

    /// A replica's health was checked.
    package mutating func note(_ check: Check, of endpoint: Endpoint, at now: ContinuousClock.Instant) {
        switch check {
        case .serving: replicas[endpoint]?.noteServing()
        case .notServing: replicas[endpoint]?.isServing = false
        case .unreachable: eject(endpoint, .unreachable, at: now)
        case .noAnswer: replicas[endpoint]?.noteUnansweredCheck()
        }
        noteAvailability(of: endpoint, at: now)
    }

    private mutating func noteAvailability(of endpoint: Endpoint, at now: ContinuousClock.Instant) {
        guard let replica = replicas[endpoint] else { return }
        let reason = replica.unavailability(at: now)
        guard reason != replica.shown else { return }
        replicas[endpoint]?.shown = reason
        changes.append(reason.map { .unavailable(endpoint, $0) } ?? .available(endpoint))
    }
}
