import Gateway
import Testing

@Suite struct WorklistOrderTests {
    private let order = WorklistOrder(maximumWait: .seconds(3600))
    private let now = Timestamp(milliseconds: 1_800_000_000_000)

    @Test func `a study is overdue from the maximum wait on`() {
        #expect(order.isOverdue(receivedAt: now - .seconds(3600), at: now))
        #expect(!order.isOverdue(receivedAt: now - .milliseconds(3_599_999), at: now))
        #expect(order.section(priority: .urgent, receivedAt: now - .seconds(9999), at: now) == .overdue)
        #expect(order.section(priority: .urgent, receivedAt: now, at: now) == .priority(.urgent))
    }

    @Test func `overdue studies come first, then the priorities from the highest`() {
        #expect(
            WorklistSection.readingOrder == [.overdue, .priority(.urgent), .priority(.priority), .priority(.routine)])
    }

    @Test(arguments: WorklistSection.readingOrder)
    func `a page token is read back`(section: WorklistSection) {
        let cursor = WorklistCursor(asOf: now, section: section, receivedAt: now - .seconds(17), number: .max)
        #expect(WorklistCursor(token: cursor.token) == cursor)
    }

    @Test(arguments: 0..<200)
    func `any other text is no page token`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let alphabet = Array("ABCDabcd0123 +/=\u{1F600}")
        let text = String((0..<Int(seed)).map { _ in alphabet.randomElement(using: &generator) ?? "A" })
        #expect(WorklistCursor(token: text) == nil)
    }
}
