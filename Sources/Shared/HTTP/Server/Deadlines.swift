/// When a connection has waited long enough for its peer; no clock inside, the instants are given.
package struct Deadlines {
    package typealias Instant = ContinuousClock.Instant
    /// How long a server that ends waits on an idle connection: a request may have crossed the news.
    private static let drainingTime = Duration.seconds(2)
    /// How long a peer has to see the end before it is cut off.
    private static let lingeringTime = Duration.seconds(1)

    private let limits: HTTPLimits
    private var reading: (phase: HTTPError.Phase, since: Instant)?
    private var writingSince: Instant?

    package init(_ limits: HTTPLimits) {
        self.limits = limits
    }

    /// The connection waits for this part of a request from now on; nil: it waits for nothing of its peer.
    package mutating func waits(for phase: HTTPError.Phase?, since instant: Instant) {
        reading = phase.map { ($0, instant) }
    }

    package var awaitedPhase: HTTPError.Phase? { reading?.phase }

    /// The peer took bytes, or is offered the first ones; nil: nothing is left to take.
    package mutating func writes(since instant: Instant?) {
        writingSince = instant
    }

    /// The instant to look again; nil while nothing runs.
    package var next: Instant? {
        let readingEnd = reading.map { $0.since + limit(of: $0.phase) }
        let writingEnd = writingSince.map { $0 + limits.writeTimeout }
        guard let readingEnd else { return writingEnd }
        return writingEnd.map { min($0, readingEnd) } ?? readingEnd
    }

    /// The part in which time has run out.
    package func expired(at now: Instant) -> HTTPError.Phase? {
        if let writingSince, writingSince + limits.writeTimeout <= now { return .write }
        guard let reading, reading.since + limit(of: reading.phase) <= now else { return nil }
        return reading.phase
    }

    private func limit(of phase: HTTPError.Phase) -> Duration {
        switch phase {
        case .handshake: limits.handshakeTimeout
        case .head: limits.headerTimeout
        case .body: limits.bodyTimeout
        case .idle, .exchange: limits.idleTimeout
        case .write: limits.writeTimeout
        case .draining: Self.drainingTime
        case .lingering: Self.lingeringTime
        }
    }
}
