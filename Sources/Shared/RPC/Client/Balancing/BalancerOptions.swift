/// How calls are spread over replicas, and when one is left out.
package struct BalancerOptions: Equatable, Sendable {
    /// Failures one after the other after which a replica is ejected.
    package var ejectAfterFailures = 5
    /// How long the first ejection lasts; each further one lasts twice as long.
    package var firstEjection = Duration.seconds(1)
    /// How long an ejection lasts at most.
    package var longestEjection = Duration.seconds(60)
    /// The share of the replicas that may be ejected for failures at the same time, 0…1.
    package var maxEjectedShare = 0.5
    /// Attempts of one call that reach a server, at most.
    package var maxAttempts = 3
    /// Retries as a share of the calls, 0…1.
    package var retryShare = 0.2
    /// Retries in ten seconds that are allowed however few calls there are.
    package var retryMinimum = 10
    /// Time between two health checks of a replica; zero: none.
    package var checkInterval = Duration.seconds(2)
    /// Time between two look-ups of names.
    package var lookupInterval = Duration.seconds(10)

    package init() {}

    /// Health checks one after the other without an answer after which a replica counts as not serving.
    static let failedChecks = 2
    /// How long one health check may take.
    var checkTimeout: Duration { min(max(checkInterval, .seconds(1)), .seconds(5)) }
}
