// Studies and their instances: messages of proto/hilum/v1/triage.proto.

/// Where an instance is.
package enum InstanceState: WireEnum {
    /// Not stated.
    case unspecified
    /// On disk, waiting for a service.
    case received
    /// Sent to a service, no answer yet.
    case dispatched
    /// Answered.
    case answered
    /// A service said that it cannot answer this instance, and why.
    case refused
    /// Gave up after the last attempt; `hilum retry` sends it again.
    case failed
    /// A routing rule keeps it from being sent; `hilum retry` sends it.
    case held
    /// A value that this version does not know.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        self =
            switch rawValue {
            case 0: .unspecified
            case 1: .received
            case 2: .dispatched
            case 3: .answered
            case 4: .refused
            case 5: .failed
            case 6: .held
            default: .unrecognized(rawValue)
            }
    }

    package var rawValue: Int32 {
        switch self {
        case .unspecified: 0
        case .received: 1
        case .dispatched: 2
        case .answered: 3
        case .refused: 4
        case .failed: 5
        case .held: 6
        case .unrecognized(let value): value
        }
    }
}

/// Where a study is.
package enum StudyState: WireEnum {
    /// Not stated.
    case unspecified
    /// May still grow, or at least one instance waits for an answer.
    case pending
    /// Has all its instances, and every one is answered or refused.
    case complete
    /// Has all its instances, none waits, and at least one failed for good.
    case failed
    /// A value that this version does not know.
    case unrecognized(Int32)

    package init(rawValue: Int32) {
        self =
            switch rawValue {
            case 0: .unspecified
            case 1: .pending
            case 2: .complete
            case 3: .failed
            default: .unrecognized(rawValue)
            }
    }

    package var rawValue: Int32 {
        switch self {
        case .unspecified: 0
        case .pending: 1
        case .complete: 2
        case .failed: 3
        case .unrecognized(let value): value
        }
    }
}

/// A study in the ledger.
package struct Study: Message {
    package static let fullName = "hilum.v1.Study"

    /// Study Instance UID (0020,000D).
    package var studyInstanceUID: String
    /// Where the study is.
    package var state: StudyState
    /// Why it is there, in words: the last error of a pending or failed instance, the rule that completed it.
    package var reason: String
    /// The highest priority of its findings and gates.
    package var priority: Priority
    /// True when at least one finding is flagged or an image is ungradable.
    package var flagged: Bool
    /// When its first instance was received, milliseconds since 1970-01-01 UTC.
    package var receivedAtMs: Int64
    /// When it became complete, milliseconds since 1970-01-01 UTC; 0 while it is not.
    package var completedAtMs: Int64
    /// Modality (0008,0060) of its first instance.
    package var modality: String
    /// Its instances, in order of arrival. Empty in a worklist.
    package var instances: [Instance]
    /// The planes answered for its MR series. Empty in a worklist.
    package var plans: [PlanViewsResponse]
    /// Codes of the flagged findings, highest priority first.
    package var flaggedFindings: [String]
    /// Number of its instances.
    package var instanceCount: Int32
    /// Number of its instances that are answered or refused.
    package var settledCount: Int32
    /// What completed it: "request", "expected count", "quiet period"; empty while it is open.
    package var completedBy: String
    /// Number of its instances that came with other bytes than one held under their SOP Instance UID.
    package var conflictCount: Int32
    /// The reader who took it to read; empty when nobody did.
    package var claimedBy: String
    /// When it was taken, milliseconds since 1970-01-01 UTC; 0 when nobody did.
    package var claimedAtMs: Int64
    /// The reader who accepted or rejected it as a whole; empty while it is open.
    package var reviewedBy: String
    /// When that was, milliseconds since 1970-01-01 UTC; 0 while it is open.
    package var reviewedAtMs: Int64
    /// What readers did, oldest first. Empty in a worklist.
    package var history: [ReviewEvent]

    /// A message with the given fields; the others have their defaults.
    package init(
        studyInstanceUID: String = "", state: StudyState = .unspecified, reason: String = "",
        priority: Priority = .unspecified, flagged: Bool = false, receivedAtMs: Int64 = 0, completedAtMs: Int64 = 0,
        modality: String = "", instances: [Instance] = [], plans: [PlanViewsResponse] = [],
        flaggedFindings: [String] = [], instanceCount: Int32 = 0, settledCount: Int32 = 0, completedBy: String = "",
        conflictCount: Int32 = 0, claimedBy: String = "", claimedAtMs: Int64 = 0, reviewedBy: String = "",
        reviewedAtMs: Int64 = 0, history: [ReviewEvent] = []
    ) {
        self.studyInstanceUID = studyInstanceUID
        self.state = state
        self.reason = reason
        self.priority = priority
        self.flagged = flagged
        self.receivedAtMs = receivedAtMs
        self.completedAtMs = completedAtMs
        self.modality = modality
        self.instances = instances
        self.plans = plans
        self.flaggedFindings = flaggedFindings
        self.instanceCount = instanceCount
        self.settledCount = settledCount
        self.completedBy = completedBy
        self.conflictCount = conflictCount
        self.claimedBy = claimedBy
        self.claimedAtMs = claimedAtMs
        self.reviewedBy = reviewedBy
        self.reviewedAtMs = reviewedAtMs
        self.history = history
    }

    package init() {
        self.init(studyInstanceUID: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &studyInstanceUID)
        try visitor.field(2, &state)
        try visitor.field(3, &reason)
        try visitor.field(4, &priority)
        try visitor.field(5, &flagged)
        try visitor.field(6, &receivedAtMs)
        try visitor.field(7, &completedAtMs)
        try visitor.field(8, &modality)
        try visitor.field(9, &instances)
        try visitor.field(10, &plans)
        try visitor.field(11, &flaggedFindings)
        try visitor.field(12, &instanceCount)
        try visitor.field(13, &settledCount)
        try visitor.field(14, &completedBy)
        try visitor.field(15, &conflictCount)
        try visitor.field(16, &claimedBy)
        try visitor.field(17, &claimedAtMs)
        try visitor.field(18, &reviewedBy)
        try visitor.field(19, &reviewedAtMs)
        try visitor.field(20, &history)
    }
}

/// An instance in the ledger.
package struct Instance: Message {
    package static let fullName = "hilum.v1.Instance"

    /// SOP Instance UID (0008,0018).
    package var sopInstanceUID: String
    /// Series Instance UID (0020,000E).
    package var seriesInstanceUID: String
    /// Where the instance is.
    package var state: InstanceState
    /// Why it is there, in words: the last error, or what the service refused.
    package var reason: String
    /// Number of times it was sent to a service.
    package var attempts: Int32
    /// When it is sent next, milliseconds since 1970-01-01 UTC; 0 when it is not to be sent.
    package var nextAttemptAtMs: Int64
    /// The service it is routed to: "classifier", "planning", or empty when no rule matches.
    package var route: String
    /// The answer of the classifier.
    package var classification: ClassifyResponse?
    /// SHA-256 of its bytes, lower-case hexadecimal.
    package var sha256: String
    /// The way it came in: "rpc", "stow", or "dicom" and the calling AE title.
    package var source: String
    /// Who sent it: an address or the name in a certificate.
    package var peer: String
    /// True when other bytes under its SOP Instance UID came before; both are kept.
    package var conflict: Bool
    /// When it was received, milliseconds since 1970-01-01 UTC.
    package var receivedAtMs: Int64
    /// The routing rule that decided.
    package var rule: String
    /// The model it is sent to; empty means the service's own choice.
    package var model: String

    /// A message with the given fields; the others have their defaults.
    package init(
        sopInstanceUID: String = "", seriesInstanceUID: String = "", state: InstanceState = .unspecified,
        reason: String = "", attempts: Int32 = 0, nextAttemptAtMs: Int64 = 0, route: String = "",
        classification: ClassifyResponse? = nil, sha256: String = "", source: String = "", peer: String = "",
        conflict: Bool = false, receivedAtMs: Int64 = 0, rule: String = "", model: String = ""
    ) {
        self.sopInstanceUID = sopInstanceUID
        self.seriesInstanceUID = seriesInstanceUID
        self.state = state
        self.reason = reason
        self.attempts = attempts
        self.nextAttemptAtMs = nextAttemptAtMs
        self.route = route
        self.classification = classification
        self.sha256 = sha256
        self.source = source
        self.peer = peer
        self.conflict = conflict
        self.receivedAtMs = receivedAtMs
        self.rule = rule
        self.model = model
    }

    package init() {
        self.init(sopInstanceUID: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &sopInstanceUID)
        try visitor.field(2, &seriesInstanceUID)
        try visitor.field(3, &state)
        try visitor.field(4, &reason)
        try visitor.field(5, &attempts)
        try visitor.field(6, &nextAttemptAtMs)
        try visitor.field(7, &route)
        try visitor.field(8, &classification)
        try visitor.field(9, &sha256)
        try visitor.field(10, &source)
        try visitor.field(11, &peer)
        try visitor.field(12, &conflict)
        try visitor.field(13, &receivedAtMs)
        try visitor.field(14, &rule)
        try visitor.field(15, &model)
    }
}

/// Says that a study is complete.
package struct CompleteStudyRequest: Message {
    package static let fullName = "hilum.v1.CompleteStudyRequest"

    /// Study Instance UID (0020,000D).
    package var studyInstanceUID: String

    /// A message with the given fields; the others have their defaults.
    package init(
        studyInstanceUID: String = ""
    ) {
        self.studyInstanceUID = studyInstanceUID
    }

    package init() {
        self.init(studyInstanceUID: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &studyInstanceUID)
    }
}

/// The study after completion.
package struct CompleteStudyResponse: Message {
    package static let fullName = "hilum.v1.CompleteStudyResponse"

    /// The study.
    package var study: Study?

    /// A message with the given fields; the others have their defaults.
    package init(
        study: Study? = nil
    ) {
        self.study = study
    }

    package init() {
        self.init(study: nil)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &study)
    }
}

/// Asks for one study.
package struct GetStudyRequest: Message {
    package static let fullName = "hilum.v1.GetStudyRequest"

    /// Study Instance UID (0020,000D).
    package var studyInstanceUID: String

    /// A message with the given fields; the others have their defaults.
    package init(
        studyInstanceUID: String = ""
    ) {
        self.studyInstanceUID = studyInstanceUID
    }

    package init() {
        self.init(studyInstanceUID: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &studyInstanceUID)
    }
}

/// One study.
package struct GetStudyResponse: Message {
    package static let fullName = "hilum.v1.GetStudyResponse"

    /// The study.
    package var study: Study?

    /// A message with the given fields; the others have their defaults.
    package init(
        study: Study? = nil
    ) {
        self.study = study
    }

    package init() {
        self.init(study: nil)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &study)
    }
}
