/// When a piece of work is sent again: exponential back-off with jitter, up to a longest wait.
package struct RetryPolicy: Sendable, Hashable {
    /// Wait after the first attempt, before jitter.
    package let firstDelay: Duration
    /// Longest wait, before jitter.
    package let longestDelay: Duration
    /// Failures of the work's own after which it is given up. A backend that is down does not count.
    package let maximumFailures: Int
    /// Connections lost while a service had the work, after which it is given up: it may be what ends the service.
    package let maximumLosses: Int
    /// Time after which work is given up whose service stays down, late or full.
    package let longestTrouble: Duration

    package init(
        firstDelay: Duration = .milliseconds(500), longestDelay: Duration = .seconds(30), maximumFailures: Int = 5,
        maximumLosses: Int = 10, longestTrouble: Duration = .seconds(72 * 3600)
    ) {
        self.firstDelay = max(firstDelay, .milliseconds(1))
        self.longestDelay = max(longestDelay, firstDelay)
        self.maximumFailures = max(maximumFailures, 1)
        self.maximumLosses = max(maximumLosses, 1)
        self.longestTrouble = longestTrouble
    }

    /// Wait after attempt number `attempt`, counted from 1.
    ///
    /// - Parameter jitter: 0 to 1, evenly distributed; the wait is half to once the exponential one, so that work
    ///   which failed together does not come back together.
    package func delay(afterAttempt attempt: Int, jitter: Double) -> Duration {
        let doublings = min(max(attempt, 1) - 1, 30)
        let exponential = min(firstDelay * (1 << doublings), longestDelay)
        return exponential * (0.5 + 0.5 * min(max(jitter, 0), 1))
    }

    /// True when work that failed `failures` times by its own fault is given up.
    package func givesUp(afterFailures failures: Int) -> Bool {
        failures >= maximumFailures
    }
}
