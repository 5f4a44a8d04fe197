import Foundation
import Gateway
import Testing

@Suite(.bothStores) struct WorklistTests {
    private let fixture: LedgerFixture
    private let order = WorklistOrder(maximumWait: .seconds(100))

    init() throws {
        fixture = try LedgerFixture()
    }

    /// Studies received a second apart, with priorities by `seed`; what was received before second `count - 100` is
    /// overdue at the end.
    private func fill(_ count: Int, seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        for number in 0..<count {
            try await fixture.record(.sample("\(number).1", study: "\(number)"), expectedCount: 1)
            if Bool.random(using: &generator) {
                let claim = try #require(try await fixture.claim().first)
                let priority = TriagePriority.allCases.randomElement(using: &generator) ?? .routine
                _ = try await fixture.settle(claim, StudyFlag(findings: [.init(code: "x", priority: priority)]))
            } else {
                _ = try await fixture.claim()
            }
            fixture.clock.advance(by: .seconds(1))
        }
    }

    @Test(arguments: [UInt64(1), 2])
    func `overdue first by age, then by priority, then by age, over all pages`(seed: UInt64) async throws {
        try await fill(160, seed: seed)
        let whole = try await fixture.worklist(order).entries
        let expected = whole.map(\.study).sorted { left, right in
            let (a, b) = (
                order.isOverdue(receivedAt: left.receivedAt, at: fixture.clock.now),
                order.isOverdue(receivedAt: right.receivedAt, at: fixture.clock.now)
            )
            if a != b { return a }
            if !a, left.flag.priority != right.flag.priority { return left.flag.priority > right.flag.priority }
            return left.receivedAt < right.receivedAt
        }
        #expect(whole.map(\.study) == expected)
        #expect(whole.count == 160)
        #expect(whole.filter(\.isOverdue).count == 61)

        for (limit, stage) in [(7, nil), (50, nil), (7, .pending), (1, .complete)] as [(Int, StudyStage?)] {
            #expect(
                try await pages(limit: limit, stage: stage) == whole.filter { stage == nil || $0.study.stage == stage })
        }
    }

    private func pages(limit: Int, stage: StudyStage?) async throws -> [WorklistPage.Entry] {
        var entries: [WorklistPage.Entry] = []
        var cursor: WorklistCursor?
        repeat {
            let page = try await fixture.worklist(order, stage: stage, after: cursor, limit: limit)
            #expect(page.entries.count == limit || page.next == nil)
            entries += page.entries
            cursor = page.next
        } while cursor != nil
        return entries
    }

    @Test func `later pages keep the border of the first`() async throws {
        try await fill(4, seed: 3)
        let first = try await fixture.worklist(order, limit: 2)
        fixture.clock.advance(by: .seconds(98))
        let second = try await fixture.worklist(order, after: first.next, limit: 2)
        #expect(second.entries.allSatisfy { !$0.isOverdue })
        #expect(Set((first.entries + second.entries).map(\.study.studyInstanceUID)).count == 4)
    }

    @Test func `an empty ledger has an empty worklist`() async throws {
        let page = try await fixture.worklist()
        #expect(page.entries.isEmpty)
        #expect(page.next == nil)
    }
}
