import Gateway
import RPC
import Testing
import Wire

@Suite struct BackendPoolTests {
    private let clock = ManualClock()
    private let replicas = [StubBackend(), StubBackend(), StubBackend()]
    private let down = StubBackend.Behaviour.throwing(RPCStatus(.unavailable, "connection refused"))

    private func pool(_ count: Int = 3) -> BackendPool {
        BackendPool(.classifier, replicas: Array(replicas.prefix(count)), coolDown: .seconds(2), clock: clock)
    }

    private func call(_ pool: BackendPool) async throws {
        _ = try await pool.unary(ClassifierServiceMethods.classify, ClassifyRequest(), timeout: nil)
    }

    private var calls: [Int] { replicas.map(\.calls) }

    @Test func `replicas are called in turn`() async throws {
        let pool = pool()
        for _ in 0..<6 { try await call(pool) }
        #expect(calls == [2, 2, 2])
    }

    @Test func `a replica that is down is passed over, and tried again later`() async throws {
        let pool = pool()
        replicas[0].behave(down)
        for _ in 0..<6 { try await call(pool) }
        #expect(calls[0] == 1)
        #expect(calls.reduce(0, +) == 7)
        #expect(pool.isReachable)
        replicas[0].behave(.answers())
        clock.advance(by: .seconds(2))
        for _ in 0..<3 { try await call(pool) }
        #expect(calls[0] == 2)
    }

    @Test func `when all are down the last one's words are heard, and the return is noticed once`() async throws {
        let pool = pool(2)
        replicas[0].behave(down)
        replicas[1].behave(down)
        await #expect(throws: RPCStatus(.unavailable, "connection refused")) { try await call(pool) }
        #expect(!pool.isReachable)
        #expect(!pool.takeRecovery())
        replicas[1].behave(.answers())
        try await call(pool)
        #expect(pool.isReachable)
        #expect(pool.takeRecovery())
        #expect(!pool.takeRecovery())
    }

    @Test func `an answer about the image is not asked again elsewhere`() async throws {
        let pool = pool()
        for replica in replicas { replica.behave(.throwing(RPCStatus(.invalidArgument, "blank"))) }
        await #expect(throws: RPCStatus(.invalidArgument, "blank")) { try await call(pool) }
        #expect(calls == [1, 0, 0])
        #expect(pool.isReachable)
    }

    @Test func `no replica at all is unavailable`() async throws {
        await #expect(throws: RPCStatus(.unavailable, "no classifier is configured")) { try await call(pool(0)) }
    }
}
