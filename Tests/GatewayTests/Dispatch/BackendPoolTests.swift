import Gateway
import RPC
import ServiceKit
import Testing
import Wire

@Suite struct BackendPoolTests {
    private let replicas = [StubBackend(), StubBackend()]
    private let down = StubBackend.Behaviour.throwing(RPCStatus(.unavailable, "connection refused"))

    private func call(_ pool: BackendPool) async throws {
        _ = try await pool.unary(ClassifierServiceMethods.classify, ClassifyRequest(), timeout: nil)
    }

    @Test func `a replica that is down leaves the service reachable`() async throws {
        let pool = StubBackend.pool(.classifier, replicas)
        replicas[0].behave(down)
        for _ in 0..<6 { try await call(pool) }
        #expect(pool.isReachable)
        #expect(replicas[1].calls == 6)
    }

    @Test func `when all are down the last one's words are heard, and the return is noticed once`() async throws {
        let pool = StubBackend.pool(.classifier, replicas)
        for replica in replicas { replica.behave(down) }
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
        let pool = StubBackend.pool(.classifier, replicas)
        for replica in replicas { replica.behave(.throwing(RPCStatus(.invalidArgument, "blank"))) }
        await #expect(throws: RPCStatus(.invalidArgument, "blank")) { try await call(pool) }
        #expect(replicas.map(\.calls).reduce(0, +) == 1)
        #expect(pool.isReachable)
    }

    @Test func `no replica at all is unavailable`() async throws {
        let pool = StubBackend.pool(.classifier, [])
        await #expect(throws: RPCStatus(.unavailable, "no replica of the classifier service is known")) {
            try await call(pool)
        }
    }
}
