package import Foundation

/// What the ledger tells as soon as it is on disk, for metrics and for those who watch.
package enum LedgerNotice: Sendable, Hashable {
    /// A study changed.
    case changed
    /// There is something to be sent, or soon will be.
    case workDue
    /// A study came to a point on its way, so long after its first instance was received.
    case reached(StudyMilestone, after: Duration)
    /// A model answered beside the one whose answer counts: both answers, serialised.
    case shadowed(model: String, main: Data, shadow: Data)
    /// A reader agreed or disagreed: with a finding, or with the flag of a study.
    case verdict(subject: String, isAccepted: Bool)
}

/// Points on a study's way.
package enum StudyMilestone: String, Sendable, Hashable, CaseIterable {
    case answered, claimed, reviewed
}
