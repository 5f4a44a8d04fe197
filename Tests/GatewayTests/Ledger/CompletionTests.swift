import Foundation
import Gateway
import RPC
import Testing

@Suite(.bothStores) struct CompletionTests {
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

    @Test func `the counts in the tags close a study, and a conflict counts for nothing`() async throws {
        func tagged(_ number: Int, bytes: String? = nil) throws -> NewInstance {
            let plain = try NewInstance.sample("1.\(number)", bytes: bytes, decision: .to(.planning))
            var header = plain.header
            header.studyRelatedInstances = 2
            return NewInstance(
                header: header, digest: plain.digest, byteCount: plain.byteCount, decision: plain.decision,
                source: plain.source)
        }
        try await fixture.record(tagged(1))
        try await fixture.record(tagged(1, bytes: "other"))
        #expect(try await summary().progress.completedBy == nil)
        try await fixture.record(tagged(2))
        #expect(try await summary().progress.completedBy == .countsInTags)
    }

    @Test func `series that carry their counts close a study with the number of its series`() async throws {
        func tagged(_ number: Int, series: String) throws -> NewInstance {
            let plain = try NewInstance.sample("1.\(series).\(number)", series: series, decision: .to(.planning))
            var header = plain.header
            (header.studyRelatedSeries, header.seriesRelatedInstances) = (2, 2)
            return NewInstance(
                header: header, digest: plain.digest, byteCount: plain.byteCount, decision: plain.decision,
                source: plain.source)
        }
        try await fixture.record(tagged(1, series: "7"), tagged(2, series: "7"), tagged(1, series: "8"))
        #expect(try await summary().progress.completedBy == nil)
        try await fixture.record(tagged(2, series: "8"))
        #expect(try await summary().progress.completedBy == .countsInTags)
    }

    @Test func `a study whose expected series are all there is closed after a short quiet`() async throws {
        func expected(_ number: Int, _ satisfied: [String]) throws -> NewInstance {
            let plain = try NewInstance.sample("1.\(number)", decision: .to(.planning))
            let expectation = SeriesExpectation(
                rule: "heart", expected: ["scout", "cine"], satisfied: satisfied, settle: .seconds(2))
            return NewInstance(
                header: plain.header, digest: plain.digest, byteCount: plain.byteCount, decision: plain.decision,
                source: plain.source, expectation: expectation)
        }
        try await fixture.record(expected(1, ["scout"]))
        fixture.clock.advance(by: .seconds(5))
        #expect(try await fixture.ledger.closeQuietStudies(at: fixture.clock.now) == 0)
        try await fixture.record(expected(2, ["cine"]))
        fixture.clock.advance(by: .seconds(2))
        #expect(try await fixture.ledger.closeQuietStudies(at: fixture.clock.now) == 1)
        #expect(try await summary().progress.completedBy == .expectedSeries)
        #expect(try await summary().reason.hasSuffix("complete by expected series"))
        try await fixture.record(expected(3, []))
        #expect(try await summary().progress.completedBy == nil, "a late instance opens it again")
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

    @Test func `a series that goes again is part of the trace of its late slice`() async throws {
        let late = TraceContext(isSampled: true)
        try await fixture.record(slice(1), expectedCount: 1)
        let first = try #require(try await fixture.claim(.planning).first)
        #expect(first.trace == nil)
        #expect(try await fixture.settle(first))
        try await fixture.record(
            .sample("1.1.late", series: "1.2.1", decision: .to(.planning), trace: late), expectedCount: 2)
        #expect(try await fixture.claim(.planning).map(\.trace) == [late])
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
