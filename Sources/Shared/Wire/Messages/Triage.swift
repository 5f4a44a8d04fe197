// The gateway's methods and what is submitted to it: messages of proto/hilum/v1/triage.proto.

package import Foundation

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
    /// True when it was accepted, but other bytes are held under its SOP Instance UID; both are kept.
    package var conflict: Bool
    /// What the sender should know of an accepted instance: INSTANCE_CONFLICT with both hashes.
    package var warning: ErrorInfo?

    /// A message with the given fields; the others have their defaults.
    package init(
        studyInstanceUID: String = "", sopInstanceUID: String = "", accepted: Bool = false, duplicate: Bool = false,
        error: ErrorInfo? = nil, conflict: Bool = false, warning: ErrorInfo? = nil
    ) {
        self.studyInstanceUID = studyInstanceUID
        self.sopInstanceUID = sopInstanceUID
        self.accepted = accepted
        self.duplicate = duplicate
        self.error = error
        self.conflict = conflict
        self.warning = warning
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
        try visitor.field(6, &conflict)
        try visitor.field(7, &warning)
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
    /// Changes of the worklist as they happen. A slow reader gets each study as it is then, not every step it took.
    package static let watchWorklist = MethodDescriptor<WatchWorklistRequest, WorklistEvent>(
        service: service, name: "WatchWorklist", shape: .serverStreaming, idempotency: .noSideEffects)
    /// Sends again what was given up or is held.
    package static let retryStudies = MethodDescriptor<RetryStudiesRequest, RetryStudiesResponse>(
        service: service, name: "RetryStudies", shape: .unary, idempotency: .idempotent)
    /// What the routing rules say of an instance, rule by rule. Nothing of it is kept.
    package static let explainRoute = MethodDescriptor<ExplainRouteRequest, ExplainRouteResponse>(
        service: service, name: "ExplainRoute", shape: .unary, idempotency: .noSideEffects)
}
