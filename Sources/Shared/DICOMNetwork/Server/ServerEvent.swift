/// What happened at the server, for metrics and logs.
package enum ServerEvent: Sendable {
    /// A connection was not let in; its address is the peer's, what is configured ours.
    case rejected(RejectionCause, PeerAddress)
    case accepted(AssociationPeer)
    /// An association, or an attempt at one, ended.
    case ended(AssociationOutcome, PeerAddress)
    /// A C-STORE was answered.
    case stored(DIMSEStatus, bytes: Int, Duration)
    case echoed
}

/// How it ended, in one word for each.
package enum AssociationOutcome: Sendable, Equatable {
    /// In order.
    case released
    case rejected
    case abortedByPeer
    /// The connection ended without a word.
    case lost
    case timedOut(DICOMNetworkError.TimeLimit)
    /// A PDU claimed to be longer than it may be.
    case oversized
    case malformed(DICOMNetworkError.Malformation)
    case tlsFailed(String)
    /// We are shutting down, or others needed the place.
    case interrupted
    case failed

    init(_ error: DICOMNetworkError) {
        switch error {
        case .released: self = .released
        case .abortedByPeer: self = .abortedByPeer
        case .connectionLost, .unreachable: self = .lost
        case .timedOut(let limit): self = .timedOut(limit)
        case .oversizedPDU: self = .oversized
        case .malformed(let what): self = .malformed(what)
        case .tlsFailed(let reason): self = .tlsFailed(reason)
        case .interrupted: self = .interrupted
        case .rejected: self = .rejected
        case .outOfMemory, .notNegotiated, .failedStatus: self = .failed
        }
    }

    /// For metrics.
    package var name: String {
        switch self {
        case .released: "released"
        case .rejected: "rejected"
        case .abortedByPeer: "aborted_by_peer"
        case .lost: "lost"
        case .timedOut(let limit): "\(limit.rawValue)_timeout"
        case .oversized: "oversized_pdu"
        case .malformed: "malformed"
        case .tlsFailed: "tls_failed"
        case .interrupted: "interrupted"
        case .failed: "failed"
        }
    }
}
