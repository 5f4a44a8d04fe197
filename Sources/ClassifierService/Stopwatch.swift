/// Splits the time of a request into laps.
struct Stopwatch {
    private let start = ContinuousClock.now
    private var last = ContinuousClock.now

    /// Milliseconds since the lap before.
    mutating func lap() -> Double {
        let now = ContinuousClock.now
        defer { last = now }
        return (now - last) / .milliseconds(1)
    }

    /// Milliseconds since the start.
    var total: Double {
        (ContinuousClock.now - start) / .milliseconds(1)
    }
}
