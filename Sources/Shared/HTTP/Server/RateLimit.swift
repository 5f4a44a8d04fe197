/// How often something may happen: a token bucket that holds ten seconds' worth; no clock inside.
struct RateLimit {
    private static let burstSeconds = 10.0

    private let perSecond: Double
    private var tokens: Double
    private var filledAt: ContinuousClock.Instant

    /// - Parameter perSecond: how often in the long run; ten times as often at once.
    init(perSecond: Int, at now: ContinuousClock.Instant) {
        self.perSecond = Double(perSecond)
        tokens = self.perSecond * Self.burstSeconds
        filledAt = now
    }

    /// Counts one event; false where it is one too many.
    mutating func admits(at now: ContinuousClock.Instant) -> Bool {
        if tokens < 1 {
            tokens = min(perSecond * Self.burstSeconds, tokens + (now - filledAt) / .seconds(1) * perSecond)
            filledAt = now
        }
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
