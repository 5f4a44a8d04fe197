package import Foundation
package import RPC

/// An instance whose bytes are on disk, to be entered in the ledger.
package struct NewInstance: Sendable, Hashable {
    package let header: InstanceHeader
    package let digest: Digest
    package let byteCount: Int
    package let decision: RouteDecision
    package let source: InstanceSource
    /// Which series its study is expected to have; nil where no rule says so.
    package let expectation: SeriesExpectation?
    /// The operation that brought it; what is done with it becomes part of its trace.
    package let trace: TraceContext?

    package init(
        header: InstanceHeader, digest: Digest, byteCount: Int, decision: RouteDecision, source: InstanceSource,
        expectation: SeriesExpectation? = nil, trace: TraceContext? = nil
    ) {
        self.header = header
        self.digest = digest
        self.byteCount = byteCount
        self.decision = decision
        self.source = source
        self.expectation = expectation
        self.trace = trace
    }
}

/// An instance that the journal brings back.
package struct ReturningInstance: Sendable {
    package let instance: NewInstance
    package let arrival: ArrivalNote
}

/// Where an instance came from.
package struct InstanceSource: Sendable, Hashable {
    /// The way it came in: `rpc`, `stow`, `dicom` with the calling AE title; empty for what was entered before this was
    /// written down.
    package let name: String
    /// Who sent it: the peer's address without its port, or the name in its certificate.
    package let peer: String

    package init(name: String, peer: String) {
        self.name = name
        self.peer = peer
    }

    /// A call of `Submit` or `SubmitStream`.
    package static func rpc(peer: String) -> InstanceSource { InstanceSource(name: "rpc", peer: peer) }
    /// A C-STORE of this calling AE title.
    package static func dicom(callingAETitle: String, peer: String) -> InstanceSource {
        InstanceSource(name: "dicom \(callingAETitle.limited)", peer: peer)
    }
    /// STOW-RS.
    package static func stow(peer: String) -> InstanceSource { InstanceSource(name: "stow", peer: peer) }
}

/// What became of an instance that was to be entered.
package enum RecordOutcome: Sendable, Hashable {
    case accepted
    /// The same bytes were entered before; nothing changed.
    case duplicate
    /// Other bytes were entered under this SOP Instance UID before; both are kept.
    case conflict(held: Digest)
}

/// Where a piece of work, and with it its instances, is. The raw value stands in the ledger and is that of
/// `hilum.v1.InstanceState`.
package enum JobState: Int, Sendable, Hashable, CaseIterable {
    case received = 1
    case dispatched = 2
    case answered = 3
    case refused = 4
    case failed = 5
    /// Not sent until somebody asks.
    case held = 6
}

/// The bytes of one instance of a job.
package struct BlobReference: Sendable, Hashable {
    package let digest: Digest
    package let byteCount: Int

    package init(digest: Digest, byteCount: Int) {
        self.digest = digest
        self.byteCount = byteCount
    }
}

/// A job taken by a dispatcher: one radiograph, or one MR series.
package struct Claim: Sendable, Hashable {
    /// The ledger's number of the job.
    package let job: Int64
    /// Proof that the job was claimed by this dispatcher and by no later one.
    package let lease: String
    /// Grows when the job gets another instance, so that an answer to fewer is known to be stale.
    package let revision: Int
    package let route: Route
    /// The model to ask; empty means the service's own choice.
    package let model: String
    /// True when its answer changes nothing of the study.
    package let isShadow: Bool
    /// When it was first sent since it came, or since somebody asked for it to be sent again.
    package let firstAttemptAt: Timestamp
    /// Times it was sent, this one included.
    package let attempts: Int
    /// Failures of its own before this attempt.
    package let failures: Int
    /// Attempts before this one during which the connection to the service was lost.
    package let losses: Int
    /// The operation that brought it; nil where it is not known.
    package let trace: TraceContext?
    /// Its instances in order of arrival.
    package let instances: [BlobReference]
}

/// How a claimed job ends.
package enum Settlement: Sendable, Hashable {
    /// `answer` is the serialised response of the service; `reason` says why a human has to look, or is empty.
    case answered(answer: Data, flag: StudyFlag, reason: String, figures: AnswerFigures = .none)
    /// The service said that it cannot answer.
    case refused(reason: String)
    /// Given up.
    case failed(reason: String)
}

/// Why and until when a claimed job goes back into the queue.
package struct Postponement: Sendable, Hashable {
    package let until: Timestamp
    package let reason: String
    /// True when the job itself failed, false when the service was down, late or full.
    package let countsAsFailure: Bool
    /// True when the connection was lost while the service had the job.
    package let countsAsLoss: Bool

    package init(until: Timestamp, reason: String, countsAsFailure: Bool, countsAsLoss: Bool = false) {
        self.countsAsLoss = countsAsLoss
        self.until = until
        self.reason = reason
        self.countsAsFailure = countsAsFailure
    }
}

/// A study as the ledger holds it, without its instances.
package struct StudySummary: Sendable, Hashable {
    /// The ledger's number of the study.
    package let number: Int64
    package let studyInstanceUID: String
    package let stage: StudyStage
    package let reason: String
    package let flag: StudyFlag
    package let receivedAt: Timestamp
    package let completedAt: Timestamp?
    package let modality: String
    package let progress: StudyProgress
    /// Instances with other bytes than one that is held under their SOP Instance UID.
    package let conflictCount: Int
    package let review: StudyReview
}

/// An instance as the ledger holds it.
package struct InstanceRecord: Sendable, Hashable {
    package let sopInstanceUID: String
    package let seriesInstanceUID: String
    package let digest: Digest
    package let state: JobState
    package let reason: String
    package let attempts: Int
    package let nextAttemptAt: Timestamp?
    package let route: Route?
    /// The serialised `ClassifyResponse` of a radiograph.
    package let answer: Data?
    /// True when other bytes under its SOP Instance UID came before.
    package let isConflict: Bool
    package let source: InstanceSource
    package let receivedAt: Timestamp
    /// The routing rule that decided.
    package let rule: String
    package let model: String
}

/// A study with its instances and answers.
package struct StudyRecord: Sendable, Hashable {
    package let summary: StudySummary
    /// In order of arrival.
    package let instances: [InstanceRecord]
    /// The serialised `PlanViewsResponse` of each planned series, in order of arrival.
    package let plans: [Data]
    /// What readers did, oldest first.
    package let history: [ReviewRecord]
}

/// A study and the number of its last change.
package struct StudyChange: Sendable, Hashable {
    package let study: StudySummary
    package let change: Int64
}

/// What became of a reader's deed.
package enum ReviewOutcome: Sendable, Hashable {
    /// The study's history, oldest first.
    case done([ReviewRecord])
    case refused(ReviewRefusal)
    case unknownStudy
}

/// What was removed.
package struct RemovedStudies: Sendable, Hashable {
    /// Studies of which something was removed.
    package let studies: Int
    /// Images that no row names any more.
    package let digests: Set<Digest>
}

/// What is sent again.
package struct RetryCount: Sendable, Hashable {
    package let instances: Int
    package let studies: Int
}

/// A page of the worklist.
package struct WorklistPage: Sendable, Hashable {
    package struct Entry: Sendable, Hashable {
        package let study: StudySummary
        package let isOverdue: Bool
    }
    package let entries: [Entry]
    /// Where the next page begins; nil on the last.
    package let next: WorklistCursor?
    /// The last change that this page may show.
    package let latestChange: ResumeToken
}

/// How much is still to be done.
package struct LedgerLoad: Sendable, Hashable {
    /// Jobs that wait to be sent.
    package let waitingJobs: Int
    /// Jobs that are with a service.
    package let dispatchedJobs: Int
    /// Studies that are not complete.
    package let pendingStudies: Int
    /// When the oldest of them was received.
    package let oldestPending: Timestamp?
}
