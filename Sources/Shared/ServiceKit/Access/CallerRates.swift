import Synchronization

/// How fast each caller may send: one token bucket a caller.
package final class CallerRates: Sendable {
    /// So many callers are kept; where there are more, those that have not sent for longest start anew.
    private static let capacity = 10_000

    private struct Bucket {
        var tokens: Double
        var filledAt: ContinuousClock.Instant
    }

    private let perSecond: Double
    private let burst: Double
    private let buckets = Mutex<[String: Bucket]>([:])

    /// nil where the options set no limit.
    package init?(_ options: AccessOptions) {
        guard options.requestsPerSecond > 0 else { return nil }
        perSecond = Double(options.requestsPerSecond)
        burst = Double(options.burst)
    }

    /// Counts one request.
    ///
    /// - Throws: `AccessError.tooManyRequests` with the time until the next one would be let in.
    package func take(_ caller: String, at now: ContinuousClock.Instant = .now) throws(AccessError) {
        let wait: Duration? = buckets.withLock { buckets in
            if buckets[caller] == nil, buckets.count >= Self.capacity { forgetOldest(&buckets) }
            var bucket = buckets[caller] ?? Bucket(tokens: burst, filledAt: now)
            bucket.tokens = min(burst, bucket.tokens + max(0, (now - bucket.filledAt) / .seconds(1)) * perSecond)
            bucket.filledAt = now
            defer { buckets[caller] = bucket }
            guard bucket.tokens >= 1 else { return .seconds((1 - bucket.tokens) / perSecond) }
            bucket.tokens -= 1
            return nil
        }
        if let wait { throw .tooManyRequests(retryAfter: wait) }
    }

    /// How many callers are kept.
    package var count: Int { buckets.withLock { $0.count } }

    /// Makes room by a tenth, so that it is not done at every request.
    private func forgetOldest(_ buckets: inout [String: Bucket]) {
        let oldest = buckets.sorted { $0.value.filledAt < $1.value.filledAt }.prefix(Self.capacity / 10)
        for (caller, _) in oldest { buckets[caller] = nil }
    }
}
