import Foundation
import Gateway
import RPC
import ServiceKit
import Testing
import Wire

@Suite(.bothStores) struct ReviewServiceTests {
    private let fixture: GatewayFixture

    init() throws {
        fixture = try GatewayFixture()
    }

    private func submitFlagged(_ study: String = "1.2") async throws {
        fixture.classifier.behave(.answers(flagged: ["dense_aorta"]))
        try await fixture.submit(SampleInstance.radiograph("\(study).1", study: study), expected: 1)
        await fixture.dispatcher.runDue()
    }

    @discardableResult
    private func review(
        _ action: ReviewStudyRequest.Action, by reader: String = "Dr A", finding: String = "", comment: String = ""
    ) async throws -> [ReviewEvent] {
        try await fixture.review.review(
            ReviewStudyRequest(
                studyInstanceUID: "1.2", reader: reader, action: action, finding: finding, comment: comment)
        ).history
    }

    private func listed(includeReviewed: Bool = false) async throws -> [String] {
        try await fixture.triage.listWorklist(ListWorklistRequest(includeReviewed: includeReviewed)).entries
            .compactMap { $0.study?.studyInstanceUID }
    }

    @Test func `a reading is claimed, judged and ended, with its whole history`() async throws {
        try await submitFlagged()
        try await review(.claim)
        #expect(try await fixture.study().claimedBy == "Dr A")
        try await review(.comment, by: "Dr B", comment: "compare with last year")
        try await review(.reject, finding: "dense_aorta")
        #expect(try await listed() == ["1.2"])
        fixture.clock.advance(by: .seconds(60))
        let history = try await review(.accept)
        #expect(history.map(\.action) == [.claim, .comment, .reject, .accept])
        #expect(history.map(\.reader) == ["Dr A", "Dr B", "Dr A", "Dr A"])
        #expect(history[1].comment == "compare with last year")
        let study = try await fixture.study()
        #expect(study.history == history)
        #expect(study.reviewedBy == "Dr A")
        #expect(study.reviewedAtMs == fixture.clock.now.milliseconds)
        #expect(study.claimedBy.isEmpty)
        #expect(try await listed() == [])
        #expect(try await listed(includeReviewed: true) == ["1.2"])
    }

    @Test func `a late instance puts a reviewed study back into the worklist`() async throws {
        try await submitFlagged()
        try await review(.claim)
        try await review(.accept)
        try await fixture.submit(SampleInstance.radiograph("1.2.2"))
        #expect(try await listed() == ["1.2"])
        #expect(try await fixture.study().history.count == 2)
    }

    @Test func `a claimed study cannot be claimed by another until it is released`() async throws {
        try await submitFlagged()
        try await review(.claim)
        let status = await status { try await review(.claim, by: "Dr B") }
        #expect(status?.code == .failedPrecondition)
        #expect(status?.errorInfo?.reason == "CLAIMED_BY_ANOTHER")
        #expect(status?.errorInfo?.found == "Dr A")
        #expect(try await review(.claim).count == 1, "claiming one's own study again is no deed")
        try await review(.release)
        #expect(try await review(.claim, by: "Dr B").map(\.reader) == ["Dr A", "Dr A", "Dr B"])
    }

    @Test func `wrong deeds are refused by field`() async throws {
        try await submitFlagged()
        let wrong: [(String, String, () async throws -> Void)] = [
            ("MISSING_FIELD", "reader", { try await review(.claim, by: "  ") }),
            ("MISSING_FIELD", "action", { try await review(.unspecified) }),
            ("MISSING_FIELD", "comment", { try await review(.comment) }),
            ("FIELD_OUT_OF_RANGE", "action", { try await review(.unrecognized(77)) }),
            ("FIELD_OUT_OF_RANGE", "reader", { try await review(.claim, by: String(repeating: "x", count: 129)) }),
            (
                "FIELD_OUT_OF_RANGE", "comment",
                {
                    try await review(.comment, comment: String(repeating: "x", count: 4097))
                }
            ),
            ("NOT_CLAIMED", "action", { try await review(.accept) }),
            ("UNKNOWN_FINDING", "finding", { try await review(.claim, finding: "scoliosis") }),
        ]
        for (reason, field, call) in wrong {
            let info = await status(of: call)?.errorInfo
            #expect(info?.reason == reason)
            #expect(info?.field == field)
        }
        #expect(try await fixture.study().history.isEmpty)
    }

    @Test func `what was given up is sent again on demand`() async throws {
        fixture.classifier.behave(.throwing(RPCStatus(.internal)))
        try await fixture.submit(SampleInstance.radiograph("1.1"), SampleInstance.radiograph("1.3"), expected: 2)
        for _ in 0..<4 {
            await fixture.dispatcher.runDue()
            fixture.clock.advance(by: .seconds(8))
        }
        #expect(try await fixture.study().state == .failed)
        fixture.classifier.behave(.answers())
        let one = try await fixture.review.retry(RetryStudiesRequest(studyInstanceUID: "1.2"))
        #expect(one == RetryStudiesResponse(instanceCount: 2, studyCount: 1))
        #expect(try await fixture.study().state == .pending)
        await fixture.dispatcher.runDue()
        let study = try await fixture.study()
        #expect(study.state == .complete)
        #expect(study.settledCount == 2)
        #expect(try await fixture.review.retry(RetryStudiesRequest(all: true)) == RetryStudiesResponse())
        #expect(await status { _ = try await fixture.review.retry(RetryStudiesRequest()) }?.code == .invalidArgument)
        let unknown = RetryStudiesRequest(studyInstanceUID: "9")
        #expect(await status { _ = try await fixture.review.retry(unknown) }?.code == .notFound)
    }

    private func status(of call: () async throws -> some Any) async -> RPCStatus? {
        do {
            _ = try await call()
            return nil
        } catch {
            return RPCStatus(mapping: error)
        }
    }
}
