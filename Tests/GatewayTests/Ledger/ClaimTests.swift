import Foundation
import Gateway
import RPC
import Testing

@Suite(.bothStores) struct ClaimTests {
    private let fixture: LedgerFixture

    init() throws {
        fixture = try LedgerFixture()
    }

    private func firstClaim() async throws -> Claim {
        try #require(try await fixture.claim(limit: 1).first)
    }

    private func instance() async throws -> InstanceRecord {
        try #require(try await fixture.ledger.study("1.2")?.instances.first)
    }

    @Test func `work is claimed once, oldest first, up to the limit`() async throws {
        for number in 1...3 {
            try await fixture.record(.sample("1.\(number)"))
            fixture.clock.advance(by: .milliseconds(1))
        }
        let first = try await fixture.claim(limit: 2)
        let second = try await fixture.claim(limit: 2)
        #expect(first.map(\.job) + second.map(\.job) == [1, 2, 3])
        #expect(try await fixture.claim().isEmpty)
        #expect(try await instance().state == .dispatched)
        #expect(try await instance().attempts == 1)
    }

    @Test func `a claim carries the trace of what brought its instance`() async throws {
        let sent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let traces = [
            TraceContext(parent: sent, state: "a=1,b=two words"), TraceContext(isSampled: false), nil,
        ]
        for (number, trace) in traces.enumerated() {
            try await fixture.record(.sample("1.\(number + 1)", trace: trace))
        }
        #expect(try await fixture.claim().map(\.trace) == traces)
    }

    @Test func `an answer is stored once`() async throws {
        try await fixture.record(.sample("1.1"), expectedCount: 1)
        let claim = try await firstClaim()
        #expect(try await fixture.settle(claim))
        let settled = try await fixture.ledger.study("1.2")
        #expect(try await !fixture.settle(claim, .needsHuman))
        #expect(try await fixture.ledger.study("1.2") == settled)
        #expect(settled?.instances.first?.answer == Data([1]))
    }

    @Test func `postponed work says why, waits, and comes again`() async throws {
        try await fixture.record(.sample("1.1"))
        let claim = try await firstClaim()
        let later = fixture.clock.now + .seconds(4)
        let postponement = Postponement(until: later, reason: "classifier: UNAVAILABLE", countsAsFailure: false)
        #expect(try await fixture.ledger.postpone(claim, postponement, at: fixture.clock.now))
        #expect(try await instance().nextAttemptAt == later)
        #expect(try await instance().reason == "classifier: UNAVAILABLE")
        #expect(try await fixture.ledger.study("1.2")?.summary.reason == "waiting: classifier: UNAVAILABLE")
        #expect(try await fixture.ledger.nextEvent(after: fixture.clock.now) == later)
        #expect(try await fixture.claim().isEmpty)
        fixture.clock.advance(by: .seconds(4))
        let again = try await firstClaim()
        #expect(again.attempts == 2)
        #expect(again.failures == 0)
    }

    @Test func `only failures of its own count against work`() async throws {
        try await fixture.record(.sample("1.1"))
        for (counts, failures) in [(true, 1), (false, 1), (true, 2)] {
            let claim = try await firstClaim()
            let postponement = Postponement(until: fixture.clock.now, reason: "", countsAsFailure: counts)
            #expect(try await fixture.ledger.postpone(claim, postponement, at: fixture.clock.now))
            let next = try await firstClaim()
            #expect(next.failures == failures)
            _ = try await fixture.ledger.releaseLeases(all: true, at: fixture.clock.now)
        }
    }

    @Test func `what waits for a service is hastened, what failed by itself is not`() async throws {
        try await fixture.record(.sample("1.1"), .sample("1.2"))
        for (claim, counts) in zip(try await fixture.claim(), [true, false]) {
            let postponement = Postponement(
                until: fixture.clock.now + .seconds(30), reason: "", countsAsFailure: counts)
            #expect(try await fixture.ledger.postpone(claim, postponement, at: fixture.clock.now))
        }
        #expect(try await fixture.ledger.hasten(.classifier, at: fixture.clock.now) == 1)
        #expect(try await fixture.ledger.hasten(.planning, at: fixture.clock.now) == 0)
        #expect(try await fixture.claim().map(\.job) == [2])
    }

    @Test func `a lease that ran out is lost, and its answer dropped`() async throws {
        try await fixture.record(.sample("1.1"))
        let lost = try await firstClaim()
        #expect(try await fixture.ledger.releaseLeases(all: false, at: fixture.clock.now) == 0)
        fixture.clock.advance(by: .seconds(60))
        #expect(try await fixture.ledger.releaseLeases(all: false, at: fixture.clock.now) == 1)
        let taken = try await firstClaim()
        #expect(try await !fixture.settle(lost))
        #expect(try await fixture.settle(taken))
    }

    @Test func `after a crash what was out is due again`() async throws {
        try await fixture.record(.sample("1.1"), .sample("1.2"))
        _ = try await fixture.claim()
        let reopened = try LedgerFixture.open(fixture.directory)
        #expect(try await reopened.releaseLeases(all: true, at: fixture.clock.now) == 2)
        let claims = try await reopened.claim(
            .classifier, limit: 9, leaseDuration: .seconds(1), at: fixture.clock.now)
        #expect(claims.map(\.job) == [1, 2])
    }

    @Test func `refused and failed work asks for a human and says why`() async throws {
        try await fixture.record(.sample("1.1"), expectedCount: 1)
        let refused = try await firstClaim()
        #expect(
            try await fixture.ledger.settle(refused, as: .refused(reason: "classifier: BLANK"), at: fixture.clock.now))
        let complete = try #require(try await fixture.ledger.study("1.2")).summary
        #expect(complete.stage == .complete)
        #expect(complete.flag == .needsHuman)
        #expect(complete.reason == "refused: classifier: BLANK; complete by expected count")

        try await fixture.record(.sample("1.2"))
        let failed = try await firstClaim()
        #expect(
            try await fixture.ledger.settle(failed, as: .failed(reason: "classifier: INTERNAL"), at: fixture.clock.now))
        let summary = try #require(try await fixture.ledger.study("1.2")).summary
        #expect(summary.stage == .failed)
        #expect(summary.progress.settledCount == 1)
        #expect(summary.progress.failedCount == 1)
    }

    @Test func `the study's flag is the highest of its answers`() async throws {
        try await fixture.record(.sample("1.1"), .sample("1.2"))
        let high = StudyFlag(findings: [.init(code: "enlarged_heart", priority: .urgent)])
        let low = StudyFlag(findings: [.init(code: "scoliosis", priority: .routine)])
        for (claim, flag) in zip(try await fixture.claim(), [high, low]) {
            #expect(try await fixture.settle(claim, flag))
        }
        #expect(try await fixture.ledger.study("1.2")?.summary.flag == high.raised(by: low))
    }
}
