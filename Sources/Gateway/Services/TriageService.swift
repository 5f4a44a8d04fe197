package import RPC
package import ServiceKit
package import Wire

/// Answers `hilum.v1.TriageService`.
package struct TriageService: Sendable {
    /// Most instances that one `SubmitStream` may bring: a bound on the size of its answer.
    package static let maximumStreamInstances = 100_000

    private let submission: Submission
    private let ledger: any Ledger
    private let order: WorklistOrder
    private let clock: any WallClock
    private let metrics: GatewayMetrics
    /// Bounds how many instances are read and written at the same time.
    private let admission: AdmissionQueue

    package init(
        submission: Submission, ledger: any Ledger, order: WorklistOrder, clock: any WallClock,
        metrics: GatewayMetrics, admission: AdmissionQueue
    ) {
        self.submission = submission
        self.ledger = ledger
        self.order = order
        self.clock = clock
        self.metrics = metrics
        self.admission = admission
    }

    /// Adds intake, studies and worklist to `router`.
    package func register(on router: inout RPCRouter) {
        router.unary(TriageServiceMethods.submit) { request, context in
            try await submit(request, from: context.source, deadline: context.deadline)
        }
        router.clientStreaming(TriageServiceMethods.submitStream) { requests, context in
            try await submit(stream: requests, from: context.source, deadline: context.deadline)
        }
        router.unary(TriageServiceMethods.completeStudy) { request, _ in try await completeStudy(request) }
        router.unary(TriageServiceMethods.getStudy) { request, _ in try await getStudy(request) }
        router.unary(TriageServiceMethods.listWorklist) { request, _ in try await listWorklist(request) }
    }

    package func submit(
        _ request: SubmitRequest, from source: InstanceSource = .rpc(peer: ""),
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> SubmitResponse {
        guard !request.instances.isEmpty else { throw GatewayError.missingField("instances") }
        return SubmitResponse(results: try await take(request, source, deadline), requestID: request.requestID)
    }

    /// Each request of the stream is on disk before the next one is read.
    package func submit<Requests: AsyncSequence>(
        stream requests: Requests, from source: InstanceSource = .rpc(peer: ""),
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> SubmitResponse
    where Requests.Element == SubmitRequest {
        var response = SubmitResponse()
        for try await request in requests {
            guard response.results.count + request.instances.count <= Self.maximumStreamInstances else {
                throw GatewayError.tooManyInstances(limit: Self.maximumStreamInstances)
            }
            response.results += try await take(request, source, deadline)
            if !request.requestID.isEmpty { response.requestID = request.requestID }
        }
        guard !response.results.isEmpty else { throw GatewayError.missingField("instances") }
        return response
    }

    private func take(
        _ request: SubmitRequest, _ source: InstanceSource, _ deadline: ContinuousClock.Instant?
    ) async throws -> [SubmitResult] {
        guard request.expectedInstances >= 0 else {
            throw GatewayError.fieldOutOfRange(
                field: "expected_instances", found: "\(request.expectedInstances)", limit: "0 or more")
        }
        let results = try await admission.run(deadline: deadline) { _ in
            try await submission.submit(
                request.instances, source: source, expectedCount: Int(request.expectedInstances))
        }
        for result in results { metrics.instances.increment(result.outcomeName) }
        return results
    }

    package func completeStudy(_ request: CompleteStudyRequest) async throws -> CompleteStudyResponse {
        let uid = try required(request.studyInstanceUID)
        guard try await ledger.completeStudy(uid, at: clock.now) else { throw GatewayError.unknownStudy }
        return CompleteStudyResponse(study: try await study(uid))
    }

    package func getStudy(_ request: GetStudyRequest) async throws -> GetStudyResponse {
        GetStudyResponse(study: try await study(try required(request.studyInstanceUID)))
    }

    package func listWorklist(_ request: ListWorklistRequest) async throws -> ListWorklistResponse {
        guard (0...1000).contains(request.pageSize) else {
            throw GatewayError.fieldOutOfRange(field: "page_size", found: "\(request.pageSize)", limit: "0 to 1000")
        }
        let now = clock.now
        let page = try await ledger.worklist(
            order, stage: try stage(request.state), includesReviewed: request.includeReviewed,
            after: try cursor(request.pageToken),
            limit: request.pageSize == 0 ? 50 : Int(request.pageSize), at: now)
        return ListWorklistResponse(
            entries: page.entries.map { WorklistEntry($0, at: now) }, nextPageToken: page.next?.token ?? "",
            resumeToken: page.latestChange.text)
    }

    private func study(_ uid: String) async throws -> Study {
        guard let record = try await ledger.study(uid) else { throw GatewayError.unknownStudy }
        return try Study(record)
    }

    private func required(_ studyInstanceUID: String) throws(GatewayError) -> String {
        guard !studyInstanceUID.isEmpty else { throw .missingField("study_instance_uid") }
        return studyInstanceUID
    }

    private func cursor(_ token: String) throws(GatewayError) -> WorklistCursor? {
        if token.isEmpty { return nil }
        guard let cursor = WorklistCursor(token: token) else { throw .malformedPageToken }
        return cursor
    }

    private func stage(_ state: StudyState) throws(GatewayError) -> StudyStage? {
        switch state {
        case .unspecified: nil
        case .pending: .pending
        case .complete: .complete
        case .failed: .failed
        case .unrecognized(let value):
            throw .fieldOutOfRange(field: "state", found: "\(value)", limit: "a StudyState of this version")
        }
    }
}

extension SubmitResult {
    /// For metrics.
    var outcomeName: String {
        if duplicate { return "duplicate" }
        if conflict { return "conflict" }
        return accepted ? "accepted" : "unreadable"
    }
}

extension CallContext {
    /// Where the instances of this call come from: the address without its port.
    fileprivate var source: InstanceSource {
        let address = remoteAddress ?? ""
        return .rpc(peer: String(address[..<(address.lastIndex(of: ":") ?? address.endIndex)]))
    }
}
