import Foundation
import Gateway
import Testing

@Suite struct CompletionTests {
    private let fixture: LedgerFixture

    init() throws {
        fixture = try LedgerFixture()
    }

    private func slice(_ number: Int, series: String = "1.2.1") throws -> NewInstance {
        try .sample("1.1.\(series).\(number)", series: series, decision: .to(.planning))
    }

    private func summary() async throws -> StudySummary {
        try #require(try await fixture.ledger.study("1.2")).summary
    }

    @Test func `a series waits until its study is whole, a radiograph does not`() async throws {
        try await fixture.record(slice(1), .sample("1.9"))
        #expect(try await fixture.claim(.planning).isEmpty)
        #expect(try await fixture.claim(.classifier).count == 1)
        #expect(try await summary().reason == "waiting for further instances")
    }

    @Test func `the sender's word closes a study`() async throws {
        try await fixture.record(slice(1), slice(2))
        #expect(try await fixture.ledger.completeStudy("1.2", at: fixture.clock.now))
        #expect(try await summary().progress.completedBy == .request)
        #expect(try await fixture.claim(.planning).map(\.instances.count) == [2])
        #expect(try await !fixture.ledger.completeStudy("9", at: fixture.clock.now))
    }

    @Test func `the announced count closes a study, also over several requests`() async throws {
        try await fixture.record(slice(1), expectedCount: 3)
        try await fixture.record(slice(2))
        #expect(try await fixture.claim(.planning).isEmpty)
        try await fixture.record(slice(3))
        #expect(try await summary().progress.completedBy == .expectedCount)
        #expect(try await fixture.claim(.planning).map(\.instances.count) == [3])
    }

    @Test func `a quiet period closes a study, counted from the last arrival`() async throws {
        try await fixture.record(slice(1), expectedCount: 5)
        fixture.clock.advance(by: .seconds(9))
        try await fixture.record(slice(2))
        fixture.clock.advance(by: .seconds(9))
        #expect(try await fixture.ledger.closeQuietStudies(at: fixture.clock.now) == 0)
        let closing = try await fixture.ledger.nextEvent(after: fixture.clock.now)
        #expect(closing == fixture.clock.now + .seconds(1))
        fixture.clock.advance(by: .seconds(1))
        #expect(try await fixture.ledger.closeQuietStudies(at: fixture.clock.now) == 1)
        #expect(try await summary().progress.completedBy == .quietPeriod)
        #expect(try await summary().reason.hasSuffix("complete by quiet period with 2 of 5 expected instances"))
        #expect(try await fixture.claim(.planning).count == 1)
        #expect(try await fixture.ledger.closeQuietStudies(at: fixture.clock.now) == 0)
    }

    @Test func `a study is complete when it is closed and all is answered`() async throws {
        try await fixture.record(.sample("1.1"), expectedCount: 1)
        #expect(try await summary().stage == .pending)
        #expect(try await summary().reason == "waiting for 1 answer; complete by expected count")
        fixture.clock.advance(by: .seconds(2))
        #expect(try await fixture.settle(try #require(try await fixture.claim().first)))
        let done = try await summary()
        #expect(done.stage == .complete)
        #expect(done.completedAt == fixture.clock.now)
        #expect(done.reason == "complete by expected count")
    }

    @Test func `each series is planned by itself`() async throws {
        try await fixture.record(slice(1, series: "a"), slice(1, series: "b"), slice(2, series: "a"), expectedCount: 3)
        #expect(try await fixture.claim(.planning).map(\.instances.count) == [2, 1])
    }

    @Test func `a late slice opens the study and sends its series again`() async throws {
        try await fixture.record(slice(1), slice(1, series: "other"), expectedCount: 2)
        for claim in try await fixture.claim(.planning) { #expect(try await fixture.settle(claim)) }
        #expect(try await summary().stage == .complete)

        try await fixture.record(slice(2))
        let open = try await summary()
        #expect(open.stage == .pending)
        #expect(
            open.progress
                == StudyProgress(instanceCount: 3, settledCount: 1, failedCount: 0, completedBy: .expectedCount))
        let claims = try await fixture.claim(.planning)
        #expect(claims.map(\.instances.count) == [2])
        #expect(claims.map(\.attempts) == [1])
        for claim in claims { #expect(try await fixture.settle(claim)) }
        #expect(try await summary().progress.settledCount == 3)
        #expect(try await fixture.ledger.study("1.2")?.plans.count == 2)
    }

    @Test func `an answer to fewer slices than there are now is dropped`() async throws {
        try await fixture.record(slice(1))
        _ = try await fixture.ledger.completeStudy("1.2", at: fixture.clock.now)
        let stale = try #require(try await fixture.claim(.planning).first)
        try await fixture.record(slice(2))
        #expect(try await !fixture.settle(stale))
        #expect(try await fixture.ledger.study("1.2")?.plans.isEmpty == true)
        #expect(try await fixture.claim(.planning).isEmpty, "the study is open again")
        _ = try await fixture.ledger.completeStudy("1.2", at: fixture.clock.now)
        #expect(try await fixture.claim(.planning).map(\.instances.count) == [2])
    }

    @Test func `the same deed twice is one deed`() async throws {
        try await fixture.record(slice(1))
        _ = try await fixture.ledger.completeStudy("1.2", at: fixture.clock.now)
        let once = try await fixture.ledger.study("1.2")
        fixture.clock.advance(by: .seconds(1))
        #expect(try await fixture.ledger.completeStudy("1.2", at: fixture.clock.now))
        #expect(try await fixture.ledger.study("1.2") == once)
    }
}
