package import Reporting

/// A report that is to be made.
package struct ReportClaim: Sendable, Hashable {
    /// The ledger's number of the study.
    package let study: Int64
    package let studyInstanceUID: String
    /// 1 for the first report of the study.
    package let version: Int
    package let completedAt: Timestamp
    /// Times it was tried, this one included.
    package let attempts: Int
    /// The structured report of the version before.
    package let predecessor: HeldResult?
    let lease: String
}

/// An object that the gateway made and keeps.
package struct HeldResult: Sendable, Hashable {
    package let kind: ResultKind
    package let version: Int
    package let seriesInstanceUID: String
    package let sopClassUID: String
    package let sopInstanceUID: String
    package let modality: String
    package let digest: Digest
    package let byteCount: Int

    package init(
        kind: ResultKind, version: Int, seriesInstanceUID: String, sopClassUID: String, sopInstanceUID: String,
        modality: String, digest: Digest, byteCount: Int
    ) {
        self.kind = kind
        self.version = version
        self.seriesInstanceUID = seriesInstanceUID
        self.sopClassUID = sopClassUID
        self.sopInstanceUID = sopInstanceUID
        self.modality = modality
        self.digest = digest
        self.byteCount = byteCount
    }
}

/// Something to be sent.
package struct NewDelivery: Sendable, Hashable {
    package enum Payload: Sendable, Hashable {
        /// The object of this SOP Instance UID.
        case object(sopInstanceUID: String)
        /// A message, whose bytes are on disk.
        case message(Digest)
    }

    package let destination: String
    package let payload: Payload

    package init(destination: String, payload: Payload) {
        self.destination = destination
        self.payload = payload
    }
}

/// A delivery taken by a sender.
package struct DeliveryClaim: Sendable, Hashable {
    /// The ledger's number of the delivery.
    package let id: Int64
    let study: Int64
    /// The same each time this is sent: a receiver knows a repetition by it.
    package let subject: String
    package let digest: Digest
    package let attempts: Int
    /// Refusals before this attempt.
    package let failures: Int
    package let firstAttemptAt: Timestamp
    let reason: String
    let lease: String
}

/// What became of an attempt.
package enum DeliveryOutcome: Sendable, Hashable {
    case sent
    /// Sent; whether it is kept for good is reported later, under this transaction.
    case awaitingCommitment(transactionUID: String)
    /// To be sent again.
    case postponed(until: Timestamp, reason: String, isRefusal: Bool)
    /// Given up: a dead letter, until someone asks for it to be sent again.
    case failed(reason: String)
}

/// How much one destination has still to get.
package struct OutboxLoad: Sendable, Hashable {
    package let destination: String
    package let waiting: Int
    package let failed: Int
}
