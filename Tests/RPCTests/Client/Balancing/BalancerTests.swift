import RPC
import Testing

@Suite struct BalancerTests {
    private let start = ContinuousClock.now
    private let a = Endpoint(address: "http://a:1"), b = Endpoint(address: "http://b:1")
    private let c = Endpoint(address: "http://c:1"), d = Endpoint(address: "http://d:1")

    private static let options: BalancerOptions = {
        var options = BalancerOptions()
        options.ejectAfterFailures = 3
        options.firstEjection = .seconds(1)
        options.longestEjection = .seconds(4)
        return options
    }()

    private func balancer(_ endpoints: Endpoint...) -> Balancer {
        var balancer = Balancer(endpoints, options: Self.options)
        _ = balancer.takeChanges()
        return balancer
    }

    /// Which replicas get a call, when every pick of two can happen.
    private func available(_ balancer: Balancer, at now: ContinuousClock.Instant) -> Set<Endpoint> {
        var found: Set<Endpoint> = []
        for seed in 0..<40 {
            var copy = balancer
            var random = SeededGenerator(state: UInt64(seed))
            if let endpoint = copy.pick(at: now, random: { Int.random(in: 0..<$0, using: &random) }) {
                found.insert(endpoint)
            }
        }
        return found
    }

    /// A call to one replica, whichever would be picked.
    private func call(
        _ balancer: inout Balancer, _ endpoint: Endpoint, _ outcome: Balancer.Outcome, at now: ContinuousClock.Instant
    ) {
        let others = Set(balancer.endpoints.filter { $0 != endpoint })
        #expect(balancer.pick(except: others, at: now, random: { _ in 0 }) == endpoint)
        balancer.finish(endpoint, outcome, at: now)
    }

    // MARK: Picking

    @Test func `of two replicas the one with fewer calls outstanding gets the next`() {
        var balancer = balancer(a, b)
        #expect(balancer.pick(at: start, random: { _ in 0 }) == a)
        #expect(balancer.pick(at: start, random: { _ in 0 }) == b)
        #expect(balancer.pick(at: start, random: { _ in 0 }) == a)
        #expect(balancer.outstanding(a) == 2 && balancer.outstanding(b) == 1)
        balancer.finish(a, .answered, at: start)
        balancer.finish(a, .answered, at: start)
        #expect(balancer.outstanding(a) == 0)
        #expect(balancer.pick(at: start, random: { $0 - 1 }) == a)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `the most loaded of ten replicas is near the mean, as two choices promise`(seed: UInt64) {
        let endpoints = (0..<10).map { Endpoint(address: "http://r\($0):1") }
        var balancer = Balancer(endpoints)
        var random = SeededGenerator(state: seed)
        for _ in 0..<1000 {
            _ = balancer.pick(at: start, random: { Int.random(in: 0..<$0, using: &random) })
        }
        let loads = endpoints.compactMap { balancer.outstanding($0) }
        // One choice leaves the largest some 2.5 standard deviations (25 calls) above the mean; two leave it within a few.
        #expect(loads.reduce(0, +) == 1000 && loads.allSatisfy { abs($0 - 100) <= 5 }, "seed \(seed): \(loads)")
    }

    @Test func `a slow replica gets fewer calls, in the measure of its slowness`() {
        var balancer = Balancer([a, b])
        var random = SeededGenerator(state: 7)
        var served = [a: 0, b: 0]
        var busy: [(endpoint: Endpoint, until: Int)] = []
        for tick in 0..<10_000 {
            for done in busy where done.until <= tick { balancer.finish(done.endpoint, .answered, at: start) }
            busy.removeAll { $0.until <= tick }
            guard busy.count < 8 else { continue }
            guard let endpoint = balancer.pick(at: start, random: { Int.random(in: 0..<$0, using: &random) }) else {
                continue
            }
            served[endpoint, default: 0] += 1
            busy.append((endpoint, tick + (endpoint == a ? 10 : 40)))
        }
        let ratio = Double(served[a, default: 0]) / Double(max(1, served[b, default: 0]))
        #expect((3.0...5.0).contains(ratio), "\(served)")
    }

    @Test func `what was tried is not picked again, and nothing is left after all were`() {
        var balancer = balancer(a, b)
        #expect(balancer.pick(except: [a], at: start, random: { _ in 0 }) == b)
        #expect(balancer.pick(except: [a, b], at: start, random: { _ in 0 }) == nil)
        var empty = Balancer([])
        #expect(empty.pick(at: start, random: { _ in 0 }) == nil)
    }

    // MARK: Ejection

    @Test func `failures one after the other eject a replica, an answer between them does not`() {
        var balancer = balancer(a, b)
        for outcome in [Balancer.Outcome.failed, .failed, .answered, .failed, .failed] {
            call(&balancer, a, outcome, at: start)
        }
        #expect(available(balancer, at: start) == [a, b])
        call(&balancer, a, .failed, at: start)
        #expect(available(balancer, at: start) == [b])
        #expect(balancer.takeChanges() == [.unavailable(a, .failing)])
    }

    @Test func `an ejected replica comes back, and each further time later`() {
        var balancer = balancer(a, b)
        var now = start
        for _ in 0..<3 { call(&balancer, a, .failed, at: now) }
        for seconds in [1, 2, 4, 4] {
            #expect(available(balancer, at: now + .seconds(seconds) - .milliseconds(1)) == [b])
            now = now + .seconds(seconds)
            #expect(available(balancer, at: now) == [a, b])
            _ = balancer.takeChanges()
            // The first call after the return decides.
            call(&balancer, a, .failed, at: now)
            #expect(balancer.takeChanges() == [.available(a), .unavailable(a, .failing)])
        }
    }

    @Test func `a replica that works for as long as it was out starts anew`() {
        var balancer = balancer(a, b)
        for _ in 0..<3 { call(&balancer, a, .failed, at: start) }
        let back = start + .seconds(1)
        call(&balancer, a, .failed, at: back)
        let again = back + .seconds(2)
        call(&balancer, a, .answered, at: again)
        call(&balancer, a, .answered, at: again + .seconds(2))
        let later = again + .seconds(3)
        for _ in 0..<3 { call(&balancer, a, .failed, at: later) }
        #expect(available(balancer, at: later + .milliseconds(999)) == [b])
        #expect(available(balancer, at: later + .seconds(1)) == [a, b])
    }

    @Test func `no more than the allowed share is ejected for failures`() {
        var balancer = balancer(a, b, c, d)
        for endpoint in [a, b, c, d] {
            for _ in 0..<5 { call(&balancer, endpoint, .failed, at: start) }
        }
        #expect(available(balancer, at: start) == [c, d])
        var single = self.balancer(a)
        for _ in 0..<10 { call(&single, a, .failed, at: start) }
        #expect(available(single, at: start) == [a])
        #expect(single.takeChanges().isEmpty)
    }

    @Test func `calls that were out at an ejection and fail later make it no longer`() {
        var balancer = balancer(a, b)
        for _ in 0..<8 { _ = balancer.pick(except: [b], at: start, random: { _ in 0 }) }
        for _ in 0..<8 { balancer.finish(a, .failed, at: start) }
        #expect(available(balancer, at: start) == [b])
        #expect(available(balancer, at: start + .seconds(1)) == [a, b])
    }

    @Test func `a call that its caller gave up says nothing of the replica`() {
        var balancer = balancer(a, b)
        for _ in 0..<10 { call(&balancer, a, .abandoned, at: start) }
        #expect(available(balancer, at: start) == [a, b])
        #expect(balancer.outstanding(a) == 0)
    }

    // MARK: Reachability

    @Test func `a replica that nobody answers at is left out at once, even when it is not alone in this`() {
        var balancer = balancer(a, b, c)
        call(&balancer, a, .unreachable, at: start)
        call(&balancer, b, .unreachable, at: start)
        #expect(available(balancer, at: start) == [c])
        #expect(balancer.takeChanges() == [.unavailable(a, .unreachable), .unavailable(b, .unreachable)])
    }

    @Test func `when no replica is available one is picked all the same`() {
        var balancer = balancer(a, b)
        call(&balancer, a, .unreachable, at: start)
        call(&balancer, b, .unreachable, at: start)
        #expect(available(balancer, at: start) == [a, b])
        // And where it answers, it is back.
        call(&balancer, b, .answered, at: start)
        #expect(available(balancer, at: start) == [b])
    }

    // MARK: Health checks

    @Test func `a check that is answered brings an unreachable replica back, not a failing one`() {
        var balancer = balancer(a, b, c)
        call(&balancer, a, .unreachable, at: start)
        for _ in 0..<3 { call(&balancer, b, .failed, at: start) }
        #expect(available(balancer, at: start) == [c])
        balancer.note(.serving, of: a, at: start)
        balancer.note(.serving, of: b, at: start)
        #expect(available(balancer, at: start) == [a, c])
    }

    @Test func `a replica that says it does not serve is left out until it says it does`() {
        var balancer = balancer(a, b)
        balancer.note(.notServing, of: a, at: start)
        #expect(available(balancer, at: start + .seconds(1000)) == [b])
        balancer.note(.serving, of: a, at: start)
        #expect(available(balancer, at: start) == [a, b])
        #expect(balancer.takeChanges() == [.unavailable(a, .notServing), .available(a)])
    }

    @Test func `one check without an answer is forgiven, two are not`() {
        var balancer = balancer(a, b)
        balancer.note(.noAnswer, of: a, at: start)
        #expect(available(balancer, at: start) == [a, b])
        balancer.note(.serving, of: a, at: start)
        balancer.note(.noAnswer, of: a, at: start)
        #expect(available(balancer, at: start) == [a, b])
        balancer.note(.noAnswer, of: a, at: start)
        #expect(available(balancer, at: start) == [b])
    }

    @Test func `a check that reaches nobody leaves the replica out`() {
        var balancer = balancer(a, b)
        balancer.note(.unreachable, of: a, at: start)
        #expect(available(balancer, at: start) == [b])
    }

    // MARK: Which replicas there are

    @Test func `replicas that stay keep what is known of them, and the calls of those that go end well`() {
        var balancer = balancer(a, b)
        #expect(balancer.pick(except: [b], at: start, random: { _ in 0 }) == a)
        for _ in 0..<3 { call(&balancer, b, .failed, at: start) }
        _ = balancer.takeChanges()
        balancer.update([b, c, c])
        #expect(balancer.endpoints == [b, c])
        #expect(balancer.takeChanges() == [.removed(a), .available(c)])
        #expect(available(balancer, at: start) == [c])
        balancer.finish(a, .failed, at: start)
        #expect(balancer.outstanding(a) == nil)
    }
}
