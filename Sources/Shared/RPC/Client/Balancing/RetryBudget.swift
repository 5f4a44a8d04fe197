/// How many calls may be sent again: a share of those made lately, and a few in any case, so that retries help against
/// one replica's death and do not multiply the load when all are in trouble.
package struct RetryBudget: Sendable {
    /// Calls whose share is kept at most.
    private static let memory = 1000.0
    /// Time in which the minimum comes back.
    private static let refill = Duration.seconds(10)

    private let share: Double
    private let minimum: Double
    private var tokens: Double
    private var refilledAt: ContinuousClock.Instant

    /// - Parameters:
    ///   - share: retries per call, 0…1.
    ///   - minimum: retries in ten seconds that are allowed however few calls there were.
    package init(share: Double, minimum: Int, at now: ContinuousClock.Instant) {
        self.share = share
        self.minimum = Double(minimum)
        tokens = Double(minimum)
        refilledAt = now
    }

    /// A call was made.
    package mutating func deposit() {
        tokens = min(tokens + share, max(minimum, share * Self.memory))
    }

    /// Takes one retry; false where there is none left.
    package mutating func withdraw(at now: ContinuousClock.Instant) -> Bool {
        let elapsed = refilledAt.duration(to: now) / Self.refill
        refilledAt = now
        tokens = max(tokens, min(minimum, tokens + max(0, elapsed) * minimum))
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
