import Foundation
import HTTP
import Testing

/// libcurl repeats a request on its own when a kept connection breaks before the answer; it may only do so where the
/// server may be asked twice.
@Suite struct HTTPClientRepetitionTests {
    private let client = HTTPClient()

    private func post(_ server: ScriptedServer, body: Data, repeatable: Bool) async throws(HTTPError) -> HTTPResponse {
        try await client.send(
            HTTPClient.Request(
                method: "POST", url: "http://127.0.0.1:\(server.port)/", body: body, isRepeatable: repeatable))
    }

    @Test(arguments: [Data(), Data("body".utf8)])
    func `a request that may be repeated goes out again over a new connection`(body: Data) async throws {
        let server = try ScriptedServer([1: .hangUp])
        defer { server.stop() }
        for _ in 0..<3 { #expect(try await post(server, body: body, repeatable: true).status == 200) }
        #expect(server.requests.count == 4)
    }

    @Test(arguments: [Data(), Data("body".utf8)])
    func `a request that may not be repeated goes out once`(body: Data) async throws {
        let server = try ScriptedServer([1: .hangUp])
        defer { server.stop() }
        _ = try await post(server, body: body, repeatable: false)
        await #expect(throws: HTTPError.connectionLost(mayHaveActed: true)) {
            try await post(server, body: body, repeatable: false)
        }
        #expect(server.requests.count == 2)
        #expect(try await post(server, body: body, repeatable: false).status == 200)
    }

    @Test(arguments: [Data(), Data("body".utf8)])
    func `a server that took the request and died may have acted`(body: Data) async throws {
        let server = try ScriptedServer([1: .die])
        _ = try await post(server, body: body, repeatable: false)
        await #expect(throws: HTTPError.connectionLost(mayHaveActed: true)) {
            try await post(server, body: body, repeatable: false)
        }
        await #expect(throws: HTTPError.cannotConnect(host: "127.0.0.1:\(server.port)")) {
            try await post(server, body: body, repeatable: false)
        }
    }

    /// RST_STREAM, and a GOAWAY that names no stream as begun.
    private static let refusals = [
        HTTP2Peer.bytes(.reset, stream: 1, HTTP2Peer.big(HTTP2Peer.refusedStream)),
        HTTP2Peer.bytes(.goAway, HTTP2Peer.big(0) + HTTP2Peer.big(HTTP2Peer.noError)),
    ]

    private func postOverHTTP2(_ server: FrameServer, repeatable: Bool) async throws(HTTPError) -> HTTPResponse {
        try await client.send(
            HTTPClient.Request(
                method: "POST", url: "http://127.0.0.1:\(server.port)/", body: Data("body".utf8), version: .http2,
                timeout: .seconds(30), isRepeatable: repeatable))
    }

    @Test(arguments: refusals)
    func `a server that refuses a stream has not acted`(refusal: [UInt8]) async throws {
        let server = try FrameServer([refusal, FrameServer.answer])
        defer { server.stop() }
        await #expect(throws: HTTPError.connectionLost(mayHaveActed: false)) {
            try await postOverHTTP2(server, repeatable: false)
        }
        #expect(server.requestCount == 1)
        #expect(try await postOverHTTP2(server, repeatable: false).status == 200)
    }

    @Test func `a refused request that may be repeated goes out again`() async throws {
        let server = try FrameServer([Self.refusals[0], FrameServer.answer])
        defer { server.stop() }
        #expect(try await postOverHTTP2(server, repeatable: true).status == 200)
        #expect(server.requestCount == 2)
    }

    @Test func `a server that breaks a stream off may have acted`() async throws {
        let server = try FrameServer([HTTP2Peer.bytes(.reset, stream: 1, HTTP2Peer.big(HTTP2Peer.internalError))])
        defer { server.stop() }
        await #expect(throws: HTTPError.connectionLost(mayHaveActed: true)) {
            try await postOverHTTP2(server, repeatable: false)
        }
        #expect(server.requestCount == 1)
    }

    @Test func `the connection goes where the request says, and the server is asked for the host of the URL`()
        async throws
    {
        let server = try ScriptedServer()
        defer { server.stop() }
        let response = try await client.send(
            HTTPClient.Request(url: "http://name.invalid:81/", connectTo: "127.0.0.1:\(server.port)"))
        #expect(response.status == 200)
        #expect(server.requests.first?.contains("host: name.invalid:81") == true)
    }
}
