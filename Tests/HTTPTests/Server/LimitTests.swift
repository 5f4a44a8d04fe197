import Foundation
import HTTP
import Testing

@Suite(.timeLimit(.minutes(2))) struct LimitTests {
    @Test func `connections past the limit of one address are answered with 503`() async throws {
        var limits = HTTPLimits()
        limits.maxConnectionsPerPeer = 2
        let events = Events()
        try await withServer(limits: limits, events: events) { port in
            let (text, again) = try await onThread {
                let first = try RawConnection(port: port)
                first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try first.readResponse()
                let text = try {
                    let second = try RawConnection(port: port)
                    second.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    _ = try second.readResponse()
                    return try RawConnection(port: port).readToEnd()
                }()
                // The second has ended: once the server has seen it there is a place again.
                while true {
                    let third = try RawConnection(port: port)
                    third.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    let answer = try third.readToEnd()
                    if answer.hasPrefix("HTTP/1.1 200 ") { return (text, answer) }
                }
            }
            #expect(text.hasPrefix("HTTP/1.1 503 ") && text.contains("retry-after: 1"))
            #expect(text.hasSuffix("too many connections from this address\n"))
            #expect(again.hasPrefix("HTTP/1.1 200 "))
            #expect(events.limits == [.connectionsPerPeer])
        }
    }

    @Test func `a body that is awaited whole has to come at a least rate`() async throws {
        var limits = HTTPLimits()
        limits.bodyTimeout = .milliseconds(300)
        limits.minBodyRate = 10_000
        let events = Events()
        try await withServer(limits: limits, events: events) { port in
            // A byte every 20 ms never lets 300 ms pass without one.
            let answer = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
                for _ in 0..<200 {
                    connection.send("x")
                    usleep(20_000)
                }
                return try connection.readResponse()
            }
            #expect(answer.status == 408)
            #expect(events.limits == [.bodyTime])
        }
    }

    @Test func `a body that is taken piece by piece may come slowly`() async throws {
        var limits = HTTPLimits()
        limits.bodyTimeout = .milliseconds(300)
        limits.minBodyRate = 10_000
        try await withServer(limits: limits) { port in
            let text = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n")
                for _ in 0..<30 {
                    connection.send("x")
                    usleep(20_000)
                }
                return try connection.readResponse()
            }
            #expect(text.status == 200 && text.body.count == 30)
        }
    }

    /// Half of an upload of 1 MiB that is awaited whole.
    private static let half =
        "POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: \(1 << 20)\r\n\r\n"
        + String(repeating: "x", count: 1 << 19)

    @Test func `too many bytes in flight end the largest upload, and the others go on`() async throws {
        var limits = HTTPLimits()
        limits.maxBytesInFlight = 3 << 18
        limits.overloadPatience = .milliseconds(100)
        let events = Events()
        try await withServer(limits: limits, events: events) { port in
            let answers = try await onThread {
                let connections = try (0..<2).map { _ in try RawConnection(port: port) }
                for connection in connections { connection.send(Self.half) }
                var answers: [String] = []
                for connection in connections {
                    Thread.detachNewThread { connection.send(String(repeating: "y", count: 1 << 19)) }
                }
                for connection in connections { answers.append(try connection.readResponse().body) }
                return answers
            }
            #expect(answers.sorted() == ["1048576", "overloaded"])
            #expect(events.limits == [.bytesInFlight])
        }
    }

    @Test func `while too many bytes stay in flight new requests are refused, then taken again`() async throws {
        var limits = HTTPLimits()
        limits.maxBytesInFlight = 1 << 19
        limits.overloadPatience = .milliseconds(50)
        let count = limits.maxBytesInFlight + 1  // too many only with the last byte, so that nothing is left unread
        let events = Events()
        let gate = AsyncStream<Void>.makeStream()
        let handler: HTTPHandler = { request in
            guard request.method == "POST" else { return .text(200, "taken") }
            let count = (try? await request.body.collect(limit: 1 << 30).count) ?? -1
            for await _ in gate.stream {}
            return .text(200, "\(count)")
        }
        try await withServer(limits: limits, events: events, handler: handler) { port in
            let upload = Task {
                try await onThread {
                    let connection = try RawConnection(port: port)
                    let body = String(repeating: "x", count: count)
                    connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body)
                    return try connection.readResponse()
                }
            }
            // A complete request is not given up: it is with the handler.
            let refused = try await onThread {
                var text = ""
                for _ in 0..<10_000 where text.isEmpty || text.hasSuffix("taken") {
                    let connection = try RawConnection(port: port)
                    connection.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    text = try connection.readToEnd()
                }
                return text
            }
            #expect(refused.hasPrefix("HTTP/1.1 429 ") && refused.contains("retry-after: 1"))
            let reset = try await onThread {
                let peer = try HTTP2Peer(port: port)
                peer.send(HTTP2Peer.request("/", stream: 1))
                return try peer.read(.reset)
            }
            #expect(reset?.code == HTTP2Peer.refusedStream)
            gate.continuation.finish()
            #expect(try await upload.value.body == "\(count)")
            let taken = try await onThread {
                var text = ""
                for _ in 0..<10_000 where !text.hasSuffix("taken") {
                    let connection = try RawConnection(port: port)
                    connection.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    text = try connection.readToEnd()
                }
                return text
            }
            #expect(taken.hasPrefix("HTTP/1.1 200 "))
            #expect(events.limits == [.bytesInFlight])
        }
    }

    @Test func `what is in flight is nothing once all is answered`() async throws {
        let server = HTTPServer(host: "127.0.0.1", port: 0, handler: TestHandler.answer)
        let port = try await server.start()
        let output = try await ForeignProgram.curl.run([
            "-s", "--http2-prior-knowledge", "--data-binary", String(repeating: "x", count: 100_000),
            "http://127.0.0.1:\(port)/echo", "--next", "-s", "--data-binary", "abc",
            "http://127.0.0.1:\(port)/collect",
        ])
        #expect(output.text.hasSuffix("xxx3"))
        await server.drain(within: .seconds(5))
        #expect(server.figures.bytesInFlight == 0)
    }
}
