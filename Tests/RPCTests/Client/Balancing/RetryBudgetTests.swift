import RPC
import Testing

@Suite struct RetryBudgetTests {
    private let start = ContinuousClock.now

    /// How many retries are allowed at once.
    private func allowed(_ budget: RetryBudget, at now: ContinuousClock.Instant) -> Int {
        var copy = budget
        var count = 0
        while count < 10_000, copy.withdraw(at: now) { count += 1 }
        return count
    }

    @Test func `a few retries are allowed before any call`() {
        #expect(allowed(RetryBudget(share: 0.2, minimum: 10, at: start), at: start) == 10)
        #expect(allowed(RetryBudget(share: 0.2, minimum: 0, at: start), at: start) == 0)
    }

    @Test func `each call adds its share, up to that of a thousand calls`() {
        var budget = RetryBudget(share: 0.25, minimum: 0, at: start)
        for _ in 0..<100 { budget.deposit() }
        #expect(allowed(budget, at: start) == 25)
        for _ in 0..<100_000 { budget.deposit() }
        #expect(allowed(budget, at: start) == 250)
    }

    @Test func `the minimum comes back with time and is not saved up`() {
        var budget = RetryBudget(share: 0, minimum: 10, at: start)
        let taken = (0..<11).map { _ in budget.withdraw(at: start) }
        #expect(taken == Array(repeating: true, count: 10) + [false])
        #expect(allowed(budget, at: start + .seconds(5)) == 5)
        #expect(allowed(budget, at: start + .seconds(1000)) == 10)
    }
}
