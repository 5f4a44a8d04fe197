import Foundation
import Gateway
import Testing

@Suite(.bothStores) struct RecordTests {
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

    @Test func `other bytes under the same UID are a conflict: both are kept and answered, and a human is asked`()
        async throws
    {
        let (first, other) = (try NewInstance.sample("1.1", bytes: "a"), try NewInstance.sample("1.1", bytes: "b"))
        try await fixture.record(first)
        #expect(try await fixture.record(other) == [.conflict(held: first.digest)])
        #expect(try await fixture.record(other, first) == [.duplicate, .duplicate])
        let study = try #require(try await fixture.ledger.study("1.2"))
        #expect(study.instances.map(\.digest) == [first.digest, other.digest])
        #expect(study.instances.map(\.isConflict) == [false, true])
        #expect(study.summary.conflictCount == 1)
        #expect(study.summary.reason.contains("conflict: 1 instance with other bytes"))
        #expect(study.summary.flag == .needsHuman)
        #expect(try await fixture.claim().flatMap(\.instances).map(\.digest) == [first.digest, other.digest])
    }

    @Test func `a slice in conflict stays out of its series and says why`() async throws {
        let first = try NewInstance.sample("1.1", bytes: "a", decision: .to(.planning))
        try await fixture.record(
            first, .sample("1.1", bytes: "b", decision: .to(.planning)), .sample("1.2", decision: .to(.planning)),
            expectedCount: 2)
        let study = try #require(try await fixture.ledger.study("1.2"))
        #expect(study.instances.map(\.state) == [.received, .refused, .received])
        #expect(study.instances[1].reason.hasSuffix("sha256 \(first.digest.hexadecimal)"))
        #expect(try await fixture.claim(.planning).map(\.instances.count) == [2])
    }

    @Test func `where an instance came from stays with it`() async throws {
        try await fixture.record(.sample("1.1"))
        let instance = try #require(try await fixture.ledger.study("1.2")?.instances.first)
        #expect(instance.source == .rpc(peer: "192.0.2.1"))
        #expect(instance.receivedAt == fixture.clock.now)
    }

    @Test func `duplicates and conflicts inside one request are told apart`() async throws {
        let first = try NewInstance.sample("1.1", bytes: "a")
        let outcomes = try await fixture.record(first, first, .sample("1.1", bytes: "b"), .sample("1.4"))
        #expect(outcomes == [.accepted, .duplicate, .conflict(held: first.digest), .accepted])
        #expect(try await fixture.ledger.study("1.2")?.summary.progress.instanceCount == 3)
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
