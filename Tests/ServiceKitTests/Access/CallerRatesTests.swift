import Testing

import ServiceKit

@Suite struct CallerRatesTests {
    private func rates(_ perSecond: Int, burst: Int) throws -> CallerRates {
        var options = AccessOptions()
        options.requestsPerSecond = perSecond
        options.burst = burst
        return try #require(CallerRates(options))
    }

    @Test func `a burst goes through, then the rate holds, and the refusal says how long`() throws {
        let rates = try rates(10, burst: 3)
        let start = ContinuousClock.now
        for _ in 0..<3 { try rates.take("a", at: start) }
        #expect(throws: AccessError.tooManyRequests(retryAfter: .milliseconds(100))) { try rates.take("a", at: start) }
        #expect(throws: AccessError.self) { try rates.take("a", at: start + .milliseconds(99)) }
        #expect(throws: Never.self) { try rates.take("a", at: start + .milliseconds(101)) }
    }

    @Test func `one caller's haste is not another's`() throws {
        let rates = try rates(1, burst: 1)
        let start = ContinuousClock.now
        try rates.take("a", at: start)
        #expect(throws: Never.self) { try rates.take("b", at: start) }
        #expect(throws: AccessError.self) { try rates.take("a", at: start) }
    }

    @Test func `however many callers there are, memory is bounded and the busy ones stay`() throws {
        let rates = try rates(1, burst: 1)
        let start = ContinuousClock.now
        for index in 0..<25_000 { try rates.take("\(index)", at: start + .microseconds(index)) }
        #expect(rates.count <= 10_000)
        #expect(throws: AccessError.self) { try rates.take("24999", at: start + .microseconds(25_000)) }
    }
}
