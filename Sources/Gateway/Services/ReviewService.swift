import HTTP
package import RPC
import ServiceKit
package import Wire

/// Answers `ReviewStudy` and `RetryStudies`: what people do to studies.
package struct ReviewService: Sendable {
    /// Longest name of a reader and longest comment, in bytes of UTF-8.
    package static let longestName = 128
    package static let longestComment = 4096

    private let ledger: any Ledger
    private let clock: any WallClock
    /// Called when there may be work to dispatch.
    private let workArrived: @Sendable () -> Void

    package init(ledger: any Ledger, clock: any WallClock, workArrived: @escaping @Sendable () -> Void) {
        self.ledger = ledger
        self.clock = clock
        self.workArrived = workArrived
    }

    /// Adds the methods to `router`.
    package func register(on router: inout RPCRouter) {
        router.unary(TriageServiceMethods.reviewStudy) { request, context in
            var request = request
            // Who is known reviews under the name by which it is known, whatever the request says.
            if let caller = context.caller { request.reader = caller.name }
            return try await review(request)
        }
        router.unary(TriageServiceMethods.retryStudies) { request, _ in try await retry(request) }
    }

    package func review(_ request: ReviewStudyRequest) async throws -> ReviewStudyResponse {
        guard !request.studyInstanceUID.isEmpty else { throw GatewayError.missingField("study_instance_uid") }
        switch try await ledger.review(request.studyInstanceUID, deed(request), at: clock.now) {
        case .done(let history): return ReviewStudyResponse(history: history.map(ReviewEvent.init))
        case .refused(let refusal): throw GatewayError.review(refusal)
        case .unknownStudy: throw GatewayError.unknownStudy
        }
    }

    private func deed(_ request: ReviewStudyRequest) throws(GatewayError) -> ReviewDeed {
        let reader = request.reader.trimmingPrefix { $0.isWhitespace }
        guard !reader.isEmpty else { throw .missingField("reader") }
        guard let action = ReviewAction(rawValue: Int(request.action.rawValue)) else {
            throw request.action == .unspecified
                ? .missingField("action")
                : .fieldOutOfRange(
                    field: "action", found: "\(request.action.rawValue)", limit: "an Action of this version")
        }
        if action == .comment, request.comment.isEmpty { throw .missingField("comment") }
        try check("reader", request.reader, limit: Self.longestName)
        try check("finding", request.finding, limit: Self.longestName)
        try check("comment", request.comment, limit: Self.longestComment)
        return ReviewDeed(
            reader: String(reader), action: action, finding: request.finding, comment: request.comment)
    }

    private func check(_ field: String, _ text: String, limit: Int) throws(GatewayError) {
        guard text.utf8.count > limit else { return }
        throw .fieldOutOfRange(field: field, found: "\(text.utf8.count) bytes", limit: "at most \(limit) bytes")
    }

    package func retry(_ request: RetryStudiesRequest) async throws -> RetryStudiesResponse {
        guard request.all != !request.studyInstanceUID.isEmpty else {
            throw GatewayError.missingField("either study_instance_uid or all")
        }
        let uid = request.all ? nil : request.studyInstanceUID
        guard let count = try await ledger.retry(uid, at: clock.now) else { throw GatewayError.unknownStudy }
        workArrived()
        return RetryStudiesResponse(
            instanceCount: Int32(clamping: count.instances), studyCount: Int32(clamping: count.studies))
    }
}
