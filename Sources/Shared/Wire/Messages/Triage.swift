// The messages and methods of proto/hilum/v1/triage.proto.

package import Foundation

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
        case .unrecognized(let value): value
        }
    }
}

/// Where a study is.
package enum StudyState: WireEnum {
    /// Not stated.
    case unspecified
    /// At least one instance waits for an answer.
    case pending
    /// Every instance is answered or refused.
    case complete
    /// At least one instance failed for good.
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

/// Instances of any studies.
package struct SubmitRequest: Message {
    package static let fullName = "hilum.v1.SubmitRequest"

    /// DICOM files, each at most 256 MiB.
    package var instances: [Data]
    /// The caller's identifier for this request, returned unchanged. No patient data.
    package var requestID: String
    /// Number of instances that each study of this request has in all; 0 means unknown.
    package var expectedInstances: Int32

    /// A message with the given fields; the others have their defaults.
    package init(
        instances: [Data] = [], requestID: String = "", expectedInstances: Int32 = 0
    ) {
        self.instances = instances
        self.requestID = requestID
        self.expectedInstances = expectedInstances
    }

    package init() {
        self.init(instances: [])
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &instances)
        try visitor.field(2, &requestID)
        try visitor.field(3, &expectedInstances)
    }
}

/// What became of each instance.
package struct SubmitResponse: Message {
    package static let fullName = "hilum.v1.SubmitResponse"

    /// In the order of the request.
    package var results: [SubmitResult]
    /// As in the request.
    package var requestID: String

    /// A message with the given fields; the others have their defaults.
    package init(
        results: [SubmitResult] = [], requestID: String = ""
    ) {
        self.results = results
        self.requestID = requestID
    }

    package init() {
        self.init(results: [])
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &results)
        try visitor.field(2, &requestID)
    }
}

/// What became of one instance.
package struct SubmitResult: Message {
    package static let fullName = "hilum.v1.SubmitResult"

    /// Study Instance UID (0020,000D); empty when the instance could not be read.
    package var studyInstanceUID: String
    /// SOP Instance UID (0008,0018); empty when the instance could not be read.
    package var sopInstanceUID: String
    /// True when bytes and ledger are on disk.
    package var accepted: Bool
    /// True when the same bytes were accepted before.
    package var duplicate: Bool
    /// Why the instance was not accepted.
    package var error: ErrorInfo?

    /// A message with the given fields; the others have their defaults.
    package init(
        studyInstanceUID: String = "", sopInstanceUID: String = "", accepted: Bool = false, duplicate: Bool = false,
        error: ErrorInfo? = nil
    ) {
        self.studyInstanceUID = studyInstanceUID
        self.sopInstanceUID = sopInstanceUID
        self.accepted = accepted
        self.duplicate = duplicate
        self.error = error
    }

    package init() {
        self.init(studyInstanceUID: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &studyInstanceUID)
        try visitor.field(2, &sopInstanceUID)
        try visitor.field(3, &accepted)
        try visitor.field(4, &duplicate)
        try visitor.field(5, &error)
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

    /// A message with the given fields; the others have their defaults.
    package init(
        studyInstanceUID: String = "", state: StudyState = .unspecified, reason: String = "",
        priority: Priority = .unspecified, flagged: Bool = false, receivedAtMs: Int64 = 0, completedAtMs: Int64 = 0,
        modality: String = "", instances: [Instance] = [], plans: [PlanViewsResponse] = [],
        flaggedFindings: [String] = [], instanceCount: Int32 = 0, settledCount: Int32 = 0, completedBy: String = ""
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

    /// A message with the given fields; the others have their defaults.
    package init(
        sopInstanceUID: String = "", seriesInstanceUID: String = "", state: InstanceState = .unspecified,
        reason: String = "", attempts: Int32 = 0, nextAttemptAtMs: Int64 = 0, route: String = "",
        classification: ClassifyResponse? = nil, sha256: String = ""
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
    }
}

/// Asks for a page of the worklist.
package struct ListWorklistRequest: Message {
    package static let fullName = "hilum.v1.ListWorklistRequest"

    /// Number of studies at most; 0 means 50, 1000 is the limit.
    package var pageSize: Int32
    /// `next_page_token` of the page before; empty means the first page.
    package var pageToken: String
    /// Only studies in this state; unspecified means all.
    package var state: StudyState

    /// A message with the given fields; the others have their defaults.
    package init(
        pageSize: Int32 = 0, pageToken: String = "", state: StudyState = .unspecified
    ) {
        self.pageSize = pageSize
        self.pageToken = pageToken
        self.state = state
    }

    package init() {
        self.init(pageSize: 0)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &pageSize)
        try visitor.field(2, &pageToken)
        try visitor.field(3, &state)
    }
}

/// A page of the worklist.
package struct ListWorklistResponse: Message {
    package static let fullName = "hilum.v1.ListWorklistResponse"

    /// Studies in reading order.
    package var entries: [WorklistEntry]
    /// Token of the next page; empty on the last.
    package var nextPageToken: String

    /// A message with the given fields; the others have their defaults.
    package init(
        entries: [WorklistEntry] = [], nextPageToken: String = ""
    ) {
        self.entries = entries
        self.nextPageToken = nextPageToken
    }

    package init() {
        self.init(entries: [])
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &entries)
        try visitor.field(2, &nextPageToken)
    }
}

/// A study in reading order.
package struct WorklistEntry: Message {
    package static let fullName = "hilum.v1.WorklistEntry"

    /// The study, without instances and plans.
    package var study: Study?
    /// Seconds since its first instance was received.
    package var waitingSeconds: Double
    /// True when it waited longer than the limit and therefore comes before everything else.
    package var overdue: Bool

    /// A message with the given fields; the others have their defaults.
    package init(
        study: Study? = nil, waitingSeconds: Double = 0, overdue: Bool = false
    ) {
        self.study = study
        self.waitingSeconds = waitingSeconds
        self.overdue = overdue
    }

    package init() {
        self.init(study: nil)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &study)
        try visitor.field(2, &waitingSeconds)
        try visitor.field(3, &overdue)
    }
}

/// A reader's deed on a study.
package struct ReviewStudyRequest: Message {
    package static let fullName = "hilum.v1.ReviewStudyRequest"

    /// What a reader does.
    package enum Action: WireEnum {
        /// Not stated; refused.
        case unspecified
        /// Takes the study to read.
        case claim
        /// Agrees with a finding, or with the study's flag when `finding` is empty.
        case accept
        /// Disagrees with a finding, or with the study's flag when `finding` is empty.
        case reject
        /// Leaves a comment.
        case comment
        /// Gives a claimed study back.
        case release
        /// A value that this version does not know.
        case unrecognized(Int32)

        package init(rawValue: Int32) {
            self =
                switch rawValue {
                case 0: .unspecified
                case 1: .claim
                case 2: .accept
                case 3: .reject
                case 4: .comment
                case 5: .release
                default: .unrecognized(rawValue)
                }
        }

        package var rawValue: Int32 {
            switch self {
            case .unspecified: 0
            case .claim: 1
            case .accept: 2
            case .reject: 3
            case .comment: 4
            case .release: 5
            case .unrecognized(let value): value
            }
        }
    }

    /// Study Instance UID (0020,000D).
    package var studyInstanceUID: String
    /// Who reads.
    package var reader: String
    /// What the reader does.
    package var action: Action
    /// Code of the finding meant; empty means the study.
    package var finding: String
    /// In the reader's words.
    package var comment: String

    /// A message with the given fields; the others have their defaults.
    package init(
        studyInstanceUID: String = "", reader: String = "", action: Action = .unspecified, finding: String = "",
        comment: String = ""
    ) {
        self.studyInstanceUID = studyInstanceUID
        self.reader = reader
        self.action = action
        self.finding = finding
        self.comment = comment
    }

    package init() {
        self.init(studyInstanceUID: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &studyInstanceUID)
        try visitor.field(2, &reader)
        try visitor.field(3, &action)
        try visitor.field(4, &finding)
        try visitor.field(5, &comment)
    }
}

/// The study's history after the deed.
package struct ReviewStudyResponse: Message {
    package static let fullName = "hilum.v1.ReviewStudyResponse"

    /// All deeds on the study, oldest first.
    package var history: [ReviewEvent]

    /// A message with the given fields; the others have their defaults.
    package init(
        history: [ReviewEvent] = []
    ) {
        self.history = history
    }

    package init() {
        self.init(history: [])
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &history)
    }
}

/// One deed in a study's history.
package struct ReviewEvent: Message {
    package static let fullName = "hilum.v1.ReviewEvent"

    /// When, milliseconds since 1970-01-01 UTC.
    package var atMs: Int64
    /// Who.
    package var reader: String
    /// What.
    package var action: ReviewStudyRequest.Action
    /// The finding meant; empty means the study.
    package var finding: String
    /// In the reader's words.
    package var comment: String

    /// A message with the given fields; the others have their defaults.
    package init(
        atMs: Int64 = 0, reader: String = "", action: ReviewStudyRequest.Action = .unspecified, finding: String = "",
        comment: String = ""
    ) {
        self.atMs = atMs
        self.reader = reader
        self.action = action
        self.finding = finding
        self.comment = comment
    }

    package init() {
        self.init(atMs: 0)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &atMs)
        try visitor.field(2, &reader)
        try visitor.field(3, &action)
        try visitor.field(4, &finding)
        try visitor.field(5, &comment)
    }
}

/// Asks for changes of the worklist.
package struct WatchWorklistRequest: Message {
    package static let fullName = "hilum.v1.WatchWorklistRequest"

    /// `resume_token` of the last event seen; empty means: from now on.
    package var resumeToken: String

    /// A message with the given fields; the others have their defaults.
    package init(
        resumeToken: String = ""
    ) {
        self.resumeToken = resumeToken
    }

    package init() {
        self.init(resumeToken: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &resumeToken)
    }
}

/// A change of the worklist.
package struct WorklistEvent: Message {
    package static let fullName = "hilum.v1.WorklistEvent"

    /// The study as it is now.
    package var entry: WorklistEntry?
    /// Hand this to `WatchWorklistRequest` to go on after this event.
    package var resumeToken: String

    /// A message with the given fields; the others have their defaults.
    package init(
        entry: WorklistEntry? = nil, resumeToken: String = ""
    ) {
        self.entry = entry
        self.resumeToken = resumeToken
    }

    package init() {
        self.init(entry: nil)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &entry)
        try visitor.field(2, &resumeToken)
    }
}

/// Takes studies, keeps them until they are answered, and orders what a radiologist should read.
package enum TriageServiceMethods {
    /// Full name of the service.
    package static let service = "hilum.v1.TriageService"
    /// Takes one or more instances. Success means: bytes and ledger are on disk.
    package static let submit = MethodDescriptor<SubmitRequest, SubmitResponse>(
        service: service, name: "Submit", shape: .unary, idempotency: .idempotent)
    /// Takes a whole study as a stream of requests, answered once at its end.
    package static let submitStream = MethodDescriptor<SubmitRequest, SubmitResponse>(
        service: service, name: "SubmitStream", shape: .clientStreaming, idempotency: .unknown)
    /// Says that a study has all its instances.
    package static let completeStudy = MethodDescriptor<CompleteStudyRequest, CompleteStudyResponse>(
        service: service, name: "CompleteStudy", shape: .unary, idempotency: .idempotent)
    /// One study with its instances and answers.
    package static let getStudy = MethodDescriptor<GetStudyRequest, GetStudyResponse>(
        service: service, name: "GetStudy", shape: .unary, idempotency: .noSideEffects)
    /// The worklist: by priority, then waiting time; what waited longer than the limit comes first.
    package static let listWorklist = MethodDescriptor<ListWorklistRequest, ListWorklistResponse>(
        service: service, name: "ListWorklist", shape: .unary, idempotency: .noSideEffects)
    /// A named reader claims, accepts, rejects or comments.
    package static let reviewStudy = MethodDescriptor<ReviewStudyRequest, ReviewStudyResponse>(
        service: service, name: "ReviewStudy", shape: .unary, idempotency: .unknown)
    /// Changes of the worklist as they happen.
    package static let watchWorklist = MethodDescriptor<WatchWorklistRequest, WorklistEvent>(
        service: service, name: "WatchWorklist", shape: .serverStreaming, idempotency: .noSideEffects)
}
