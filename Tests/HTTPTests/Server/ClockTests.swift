import HTTP
import Testing

@Suite struct ClockTests {
    private let begin = ContinuousClock.now

    @Test func `keys come out in the order of their instants and not before`() {
        var random = SeededGenerator(state: 3)
        var queue = TimerQueue<Int>()
        let delays = (0..<500).map { _ in Int.random(in: 0...1000, using: &random) }
        for delay in delays { queue.schedule(delay, at: begin + .milliseconds(delay)) }
        var found: [Int] = []
        for step in stride(from: 0, through: 1000, by: 50) {
            while let key = queue.popDue(at: begin + .milliseconds(step)) {
                #expect(key <= step)
                found.append(key)
            }
        }
        #expect(found == delays.sorted())
        #expect(queue.next == nil && queue.count == 0)
    }

    @Test(arguments: [(HTTPError.Phase.head, 10), (.body, 20), (.idle, 30)])
    func `a phase expires after its own limit`(phase: HTTPError.Phase, seconds: Int) {
        var limits = HTTPLimits()
        limits.headerTimeout = .seconds(10)
        limits.bodyTimeout = .seconds(20)
        limits.idleTimeout = .seconds(30)
        var deadlines = Deadlines(limits)
        #expect(deadlines.next == nil)
        deadlines.waits(for: phase, since: begin)
        #expect(deadlines.next == begin + .seconds(seconds))
        #expect(deadlines.expired(at: begin + .seconds(seconds) - .milliseconds(1)) == nil)
        #expect(deadlines.expired(at: begin + .seconds(seconds)) == phase)
        deadlines.waits(for: nil, since: begin)
        #expect(deadlines.expired(at: begin + .seconds(1000)) == nil)
    }

    @Test func `a peer that takes nothing expires whatever else goes on`() {
        var limits = HTTPLimits()
        limits.writeTimeout = .seconds(5)
        var deadlines = Deadlines(limits)
        deadlines.waits(for: .idle, since: begin)
        deadlines.writes(since: begin)
        #expect(deadlines.next == begin + .seconds(5))
        #expect(deadlines.expired(at: begin + .seconds(5)) == .write)
        deadlines.writes(since: nil)
        #expect(deadlines.expired(at: begin + .seconds(5)) == nil)
    }
}
