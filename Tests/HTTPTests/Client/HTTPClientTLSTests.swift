import Cryptography
import Foundation
import HTTP
import Synchronization
import Testing

@Suite(.enabled(if: ForeignProgram.openssl.isPresent, "openssl is not here"))
struct HTTPClientTLSTests {
    private let client = HTTPClient()

    private func trust(_ certificates: TestCertificates, as identity: String? = nil) -> HTTPClient.TLS {
        HTTPClient.TLS(
            authorityFile: certificates.path("authority.pem"),
            certificateFile: identity.map { certificates.path("\($0).pem") },
            keyFile: identity.map { certificates.path("\($0).key") })
    }

    /// Answers once so many requests are there at the same time; says how many connections they came over.
    private final class Meeting: Sendable {
        private let state: Mutex<(missing: Int, peers: Set<String>, waiting: [CheckedContinuation<Void, Never>])>

        init(of count: Int) { state = Mutex((count, [], [])) }

        var connections: Int { state.withLock { $0.peers.count } }

        func join(_ peer: String) async {
            await withCheckedContinuation { continuation in
                let arrived = state.withLock { state in
                    state.missing -= 1
                    state.peers.insert(peer)
                    state.waiting.append(continuation)
                    guard state.missing <= 0 else { return [] as [CheckedContinuation<Void, Never>] }
                    defer { state.waiting = [] }
                    return state.waiting
                }
                arrived.forEach { $0.resume() }
            }
        }
    }

    @Test func `requests at the same time share one connection of HTTP/2`() async throws {
        let certificates = try await TestCertificates()
        let meeting = Meeting(of: 50)
        let handler: HTTPHandler = { request in
            await meeting.join(request.remoteAddress ?? "")
            return .text(200, "\(request.version)")
        }
        try await withServer(tls: try TLSContext(certificates.files()), handler: handler) { port async throws in
            let request = HTTPClient.Request(
                url: "https://localhost:\(port)/", tls: trust(certificates), version: .http2, timeout: .seconds(60))
            try await withThrowingTaskGroup(of: Data.self) { group in
                for _ in 0..<50 {
                    group.addTask { try await client.send(request).body.collect(limit: 100) }
                }
                for try await answer in group { #expect(answer == Data("http2".utf8)) }
            }
        }
        #expect(meeting.connections == 1)
    }

    @Test func `cancelling one exchange leaves the others of its connection`() async throws {
        let certificates = try await TestCertificates()
        let meeting = Meeting(of: 3)
        let (ended, end) = AsyncStream<String>.makeStream()
        let handler: HTTPHandler = { request in
            await meeting.join(request.remoteAddress ?? "")
            guard request.path == "/long" else { return .text(200, "done") }
            try? await Task.sleep(for: .seconds(60))
            end.yield(Task.isCancelled ? "cancelled" : "late")
            return .text(200, "late")
        }
        try await withServer(tls: try TLSContext(certificates.files()), handler: handler) { port async throws in
            let tls = trust(certificates)
            @Sendable func send(_ path: String) async throws -> Int {
                try await client.send(
                    HTTPClient.Request(
                        url: "https://localhost:\(port)\(path)", tls: tls, version: .http2, timeout: .seconds(60))
                ).status
            }
            let long = Task { try await send("/long") }
            async let first = send("/a")
            async let second = send("/b")
            #expect(try await [first, second] == [200, 200])
            long.cancel()
            await #expect(throws: HTTPError.cancelled) { try await long.value }
            var iterator = ended.makeAsyncIterator()
            #expect(await iterator.next() == "cancelled")
            #expect(meeting.connections == 1)
            #expect(try await send("/c") == 200)
        }
    }

    @Test func `a server whose authority is not trusted, or that has another name, gets no request`() async throws {
        let certificates = try await TestCertificates()
        let asked = Mutex(0)
        let handler: HTTPHandler = { _ in
            asked.withLock { $0 += 1 }
            return .text(200, "")
        }
        try await withServer(tls: try TLSContext(certificates.files()), handler: handler) { port async throws in
            let stranger = HTTPClient.TLS(authorityFile: certificates.path("stranger.pem"))
            for tls in [stranger, HTTPClient.TLS()] {
                await #expect(throws: HTTPError.untrusted(host: "localhost:\(port)")) {
                    try await client.send(HTTPClient.Request(url: "https://localhost:\(port)/", tls: tls))
                }
            }
            await #expect(throws: HTTPError.untrusted(host: "other.test:443")) {
                try await client.send(
                    HTTPClient.Request(
                        url: "https://other.test:443/", connectTo: "127.0.0.1:\(port)", tls: trust(certificates)))
            }
            let response = try await client.send(
                HTTPClient.Request(
                    url: "https://localhost:443/", connectTo: "127.0.0.1:\(port)", tls: trust(certificates)))
            #expect(response.status == 200)
        }
        #expect(asked.withLock { $0 } == 1)
    }

    @Test(arguments: [HTTPVersion.http11, .http2])
    func `the client shows its certificate where the server asks for one`(version: HTTPVersion) async throws {
        let certificates = try await TestCertificates()
        try await withServer(tls: try TLSContext(certificates.files(clients: .required))) { port async throws in
            func send(as identity: String?) async throws -> Int {
                try await client.send(
                    HTTPClient.Request(
                        url: "https://localhost:\(port)/", tls: trust(certificates, as: identity), version: version)
                ).status
            }
            #expect(try await send(as: "client") == 200)
            // And a connection made with it is not used without it.
            await #expect(throws: HTTPError.self) { try await send(as: nil) }
            await #expect(throws: HTTPError.self) { try await send(as: "foreign") }
        }
    }
}
