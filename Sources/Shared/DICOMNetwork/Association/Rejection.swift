/// Why an association is not accepted (PS3.8 §9.3.4): result, source and reason.
package struct Rejection: Error, Hashable, Sendable {
    /// 1: permanent, 2: transient.
    package let result: UInt8
    /// 1: service user, 2: service provider (ACSE), 3: service provider (presentation).
    package let source: UInt8
    /// Depends on the source.
    package let reason: UInt8

    package init(result: UInt8, source: UInt8, reason: UInt8) {
        self.result = result
        self.source = source
        self.reason = reason
    }

    package static let noReasonGiven = Rejection(result: 1, source: 1, reason: 1)
    package static let applicationContextNotSupported = Rejection(result: 1, source: 1, reason: 2)
    package static let callingAETitleNotRecognized = Rejection(result: 1, source: 1, reason: 3)
    package static let calledAETitleNotRecognized = Rejection(result: 1, source: 1, reason: 7)
    package static let temporaryCongestion = Rejection(result: 2, source: 3, reason: 1)
    package static let localLimitExceeded = Rejection(result: 2, source: 3, reason: 2)
}

/// Why we do not accept an association, with what is configured: never with what the peer said.
package enum RejectionCause: Hashable, Sendable {
    case calledAETitle(configured: String)
    case callingAETitle(configured: [String])
    case host(configured: [String])
    case applicationContext
    case associations(limit: Int)
    case associationsOfPeer(limit: Int)
    case draining

    /// The code sent to the peer.
    package var rejection: Rejection {
        switch self {
        case .calledAETitle: .calledAETitleNotRecognized
        case .callingAETitle: .callingAETitleNotRecognized
        case .host: .noReasonGiven
        case .applicationContext: .applicationContextNotSupported
        case .associations, .associationsOfPeer: .localLimitExceeded
        case .draining: .temporaryCongestion
        }
    }

    /// For log and metric: one word.
    package var name: String {
        switch self {
        case .calledAETitle: "called_ae_title"
        case .callingAETitle: "calling_ae_title"
        case .host: "host"
        case .applicationContext: "application_context"
        case .associations: "associations"
        case .associationsOfPeer: "associations_per_peer"
        case .draining: "draining"
        }
    }

    /// For log and metric: what would have been accepted.
    package var configured: String {
        switch self {
        case .calledAETitle(let title): title
        case .callingAETitle(let values), .host(let values): values.joined(separator: ",")
        case .applicationContext: UID.applicationContext
        case .associations(let limit), .associationsOfPeer(let limit): String(limit)
        case .draining: ""
        }
    }
}
