import Foundation
import Gateway
import Testing

@Suite struct RecordTests {
    private let fixture: LedgerFixture

    init() throws {
        fixture = try LedgerFixture()
    }

    @Test func `the same bytes again are a duplicate and change nothing`() async throws {
        #expect(try await fixture.record(.sample("1.1")) == [.accepted])
        let before = try await fixture.ledger.study("1.2")
        fixture.clock.advance(by: .seconds(3))
        #expect(try await fixture.record(.sample("1.1"), .sample("1.1")) == [.duplicate, .duplicate])
        #expect(try await fixture.ledger.study("1.2") == before)
    }

    @Test func `other bytes under the same UID are a conflict and change nothing`() async throws {
        let held = try NewInstance.sample("1.1", bytes: "a")
        try await fixture.record(held)
        let before = try await fixture.ledger.study("1.2")
        let outcomes = try await fixture.record(.sample("1.1", study: "1.3", bytes: "b"))
        #expect(outcomes == [.conflict(held: held.digest)])
        #expect(try await fixture.ledger.study("1.2") == before)
        #expect(try await fixture.ledger.study("1.3") == nil)
    }

    @Test func `duplicates and conflicts inside one request are told apart`() async throws {
        let first = try NewInstance.sample("1.1", bytes: "a")
        let outcomes = try await fixture.record(first, first, .sample("1.1", bytes: "b"), .sample("1.4"))
        #expect(outcomes == [.accepted, .duplicate, .conflict(held: first.digest), .accepted])
        #expect(try await fixture.ledger.study("1.2")?.summary.progress.instanceCount == 2)
    }

    @Test func `held digests are those recorded`() async throws {
        let instance = try NewInstance.sample("1.1")
        try await fixture.record(instance)
        #expect(try await fixture.ledger.held(["1.1", "9.9"]) == ["1.1": instance.digest])
    }

    @Test func `what no rule routes is refused, visible and not flagged`() async throws {
        try await fixture.record(
            .sample("1.1", decision: .refused(reason: "no route for Modality CT")), expectedCount: 1)
        let study = try #require(try await fixture.ledger.study("1.2"))
        #expect(study.summary.stage == .complete)
        #expect(study.summary.reason == "refused: no route for Modality CT; complete by expected count")
        #expect(study.summary.flag == .none)
        #expect(study.instances.map(\.state) == [.refused])
        #expect(study.instances.map(\.route) == [nil])
        #expect(try await fixture.worklist().entries.count == 1)
    }

    @Test func `everything is there after closing and opening again`() async throws {
        try await fixture.record(.sample("1.1"), .sample("1.2"), .sample("2.1", study: "2", decision: .to(.planning)))
        let before = [try await fixture.ledger.study("1.2"), try await fixture.ledger.study("2")]
        let reopened = try LedgerFixture.open(fixture.directory)
        #expect([try await reopened.study("1.2"), try await reopened.study("2")] == before)
        #expect(try await reopened.load() == fixture.ledger.load())
    }
}
