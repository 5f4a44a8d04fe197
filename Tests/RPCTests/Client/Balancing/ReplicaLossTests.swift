import Foundation
import HTTP
import RPC
import Synchronization
import Testing
import Wire

/// The balanced client with servers that come and go.
@Suite struct ReplicaLossTests {
    /// A server that answers `Echo` on a port that it keeps.
    private final class Replica: Sendable {
        let port: Int
        private let server: Mutex<HTTPServer>

        init() async throws {
            let server = Self.make(port: 0)
            port = try await server.start()
            self.server = Mutex(server)
        }

        private static func make(port: Int) -> HTTPServer {
            let router = Echo.router()
            return HTTPServer(host: "127.0.0.1", port: port) { await router.respond(to: $0) ?? .text(404, "nobody") }
        }

        func stop() async { await server.withLock { $0 }.drain(within: .seconds(20)) }

        func startAgain() async throws {
            let next = Self.make(port: port)
            _ = try await next.start()
            server.withLock { $0 = next }
        }
    }

    /// What callers in a loop have done, and whether they go on.
    private final class Tally: Sendable {
        private let state = Mutex((answered: 0, isOver: false))

        var answered: Int { state.withLock { $0.answered } }
        var isOver: Bool { state.withLock { $0.isOver } }

        func count() { state.withLock { $0.answered += 1 } }
        func end() { state.withLock { $0.isOver = true } }
    }

    private func client(_ replicas: [Replica]) -> BalancedClient {
        let http = HTTPClient()
        return BalancedClient(
            name: "echo", targets: replicas.compactMap { Target("127.0.0.1:\($0.port)") }
        ) { RPCClient(address: $0.address, client: http) }
    }

    @Test func `replicas that drain and come back under fifty callers cost none an error`() async throws {
        let replicas = [try await Replica(), try await Replica(), try await Replica()]
        let client = client(replicas)
        let upkeep = Task { await client.run() }
        let tally = Tally()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<50 {
                group.addTask { () async throws in
                    while !tally.isOver {
                        let text = Text(service: "\(caller)")
                        #expect(try await client.unary(Echo.safe, text, timeout: .seconds(60)) == text)
                        tally.count()
                    }
                }
            }
            for replica in replicas {
                let before = tally.answered
                await replica.stop()
                try await replica.startAgain()
                while tally.answered < before + 500 { try await Task.sleep(for: .milliseconds(5)) }
            }
            tally.end()
            try await group.waitForAll()
        }
        upkeep.cancel()
        await upkeep.value
        for replica in replicas { await replica.stop() }
    }

    @Test func `a replica that is gone costs no call of any method an error`() async throws {
        let replicas = [try await Replica(), try await Replica()]
        let client = client(replicas)
        await replicas[0].stop()
        for number in 0..<50 {
            let text = Text(service: "\(number)")
            #expect(try await client.unary(Echo.unary, text, timeout: .seconds(60)) == text)
        }
        await replicas[1].stop()
        let error = await #expect(throws: RPCStatus.self) { try await client.unary(Echo.unary, Text()) }
        #expect(error?.code == .unavailable)
    }
}
