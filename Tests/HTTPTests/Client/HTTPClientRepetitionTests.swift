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
