import Gateway
import Testing

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy(
        firstDelay: .milliseconds(500), longestDelay: .seconds(30), maximumFailures: 3)

    @Test func `the wait doubles with each attempt up to the longest`() {
        let waits = (1...9).map { policy.delay(afterAttempt: $0, jitter: 1).wholeMilliseconds }
        #expect(waits == [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000])
    }

    @Test(arguments: [0.0, 0.25, 1.0, -3, 7])
    func `jitter takes at most half of the wait away`(jitter: Double) {
        let wait = policy.delay(afterAttempt: 3, jitter: jitter)
        #expect(wait >= .seconds(1) && wait <= .seconds(2))
    }

    @Test(arguments: [Int.min, -1, 0, 1_000_000, Int.max])
    func `any attempt number has a wait`(attempt: Int) {
        let wait = policy.delay(afterAttempt: attempt, jitter: 0.5)
        #expect(wait > .zero && wait <= .seconds(30))
    }

    @Test func `work is given up after its last failure and not before`() {
        #expect(!policy.givesUp(afterFailures: 2))
        #expect(policy.givesUp(afterFailures: 3))
    }
}
