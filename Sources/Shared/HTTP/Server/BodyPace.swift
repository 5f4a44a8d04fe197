/// How fast the body of a request comes in; no clock inside.
///
/// A handler that takes a body piece by piece may wait for rare pieces, so there any byte is progress. A handler that
/// waits for the whole body gets it at a least rate: each byte buys a share of a second (as in Apache's
/// mod_reqtimeout), so that a peer cannot hold a place with a byte a minute.
struct BodyPace {
    private let minRate: Int
    /// The instant up to which the peer is on time.
    private(set) var progress: ContinuousClock.Instant

    /// - Parameter minRate: bytes a second of a body that is waited for as a whole; 0: none.
    init(minRate: Int, at now: ContinuousClock.Instant) {
        self.minRate = minRate
        progress = now
    }

    /// Bytes came.
    mutating func received(_ count: Int, isAwaitedWhole: Bool, at now: ContinuousClock.Instant) {
        guard isAwaitedWhole, minRate > 0 else { return resumed(at: now) }
        progress = min(now, progress + .seconds(1) * (Double(count) / Double(minRate)))
    }

    /// The peer is waited for from now on: before, it was held back.
    mutating func resumed(at now: ContinuousClock.Instant) {
        progress = now
    }
}
