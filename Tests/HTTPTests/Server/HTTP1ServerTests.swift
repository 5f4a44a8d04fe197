import CLinux
import Dispatch
import Foundation
import HTTP
import Synchronization
import Testing

@Suite struct HTTP1ServerTests {
    private func exchange(
        _ port: Int, _ text: String
    ) async throws -> (status: Int, head: String, body: String) {
        try await onThread {
            let connection = try RawConnection(port: port)
            connection.send(text)
            return try connection.readResponse()
        }
    }

    @Test func `requests that are pipelined are answered in order on one connection`() async throws {
        // The first answer is the slowest: order is the protocol's, not the handlers'.
        let handler: HTTPHandler = { request in
            if request.path == "/0" { for _ in 0..<1000 { await Task.yield() } }
            return .text(200, request.path)
        }
        try await withServer(handler: handler) { port in
            let bodies = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send((0..<20).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
                return try (0..<20).map { _ in try connection.readResponse().body }
            }
            #expect(bodies == (0..<20).map { "/\($0)" })
        }
    }

    @Test func `thousands of requests that come at once are answered in order, however fast`() async throws {
        // Answered on the loop's own thread: no recursion, and no bytes lost between two reads.
        try await withServer(handler: { .text(200, $0.path) }) { port in
            let bodies = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send((0..<5000).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
                return try (0..<5000).map { _ in try connection.readResponse().body }
            }
            #expect(bodies == (0..<5000).map { "/\($0)" })
        }
    }

    @Test func `a peer that asks and asks and reads nothing is read no further`() async throws {
        var limits = HTTPLimits()
        limits.maxBufferedResponseBytes = 64 << 10
        let answers = Mutex(0)
        let handler: HTTPHandler = { _ in
            answers.withLock { $0 += 1 }
            return .text(200, String(repeating: "x", count: 16 << 10))
        }
        try await withServer(limits: limits, handler: handler) { port in
            let connection = try RawConnection(port: port)
            // Answers of 64 MiB in all, more than the sockets between us hold.
            connection.send(String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 4096))
            var before = -1
            while answers.withLock({ $0 }) > before || before == 0 {
                before = answers.withLock { $0 }
                try await onThread { usleep(100_000) }
            }
            #expect(before < 2048)
            withExtendedLifetime(connection) {}
        }
    }

    @Test func `a handler starts on the loop's thread and may leave it`() async throws {
        let threads = Mutex<[UInt]>([])
        let handler: HTTPHandler = { request in
            if request.path == "/leaves" { await leaveEventLoop() }
            threads.withLock { $0.append(linux_thread()) }
            return .text(200, request.path)
        }
        try await withServer(handler: handler) { port in
            for path in ["/stays", "/leaves", "/stays"] {
                _ = try await exchange(port, "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            }
            let found = threads.withLock { $0 }
            #expect(found[0] == found[2])
            #expect(found[0] != found[1])
        }
    }

    @Test func `a malformed body that comes with its head starts no handler`() async throws {
        let starts = Mutex(0)
        let handler: HTTPHandler = { _ in
            starts.withLock { $0 += 1 }
            return .text(200, "started")
        }
        try await withServer(handler: handler) { port in
            let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            let answer = try await exchange(port, head + "2\r\nabc\r\n0\r\n\r\n")
            #expect(answer.status == 400)
            #expect(starts.withLock { $0 } == 0)
        }
    }

    @Test func `a request that comes byte by byte is answered`() async throws {
        try await withServer { port in
            let body = try await onThread {
                let connection = try RawConnection(port: port)
                for byte in "POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".utf8 {
                    connection.send([byte])
                }
                return try connection.readResponse().body
            }
            #expect(body == "3")
        }
    }

    @Test func `a chunked body comes back in chunks`() async throws {
        try await withServer { port in
            let text = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                let head = try connection.read(through: "\r\n\r\n")
                connection.send("5\r\nhello\r\n")
                let first = try connection.read(through: "hello\r\n")
                connection.send("3\r\nyou\r\n0\r\n\r\n")
                return try head + first + connection.read(through: "0\r\n\r\n")
            }
            #expect(text.contains("transfer-encoding: chunked"))
            #expect(text.hasSuffix("5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n"))
        }
    }

    @Test func `HEAD is answered without a body and the connection goes on`() async throws {
        try await withServer { port in
            let (head, next) = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n")
                let head = try connection.read(through: "\r\n\r\n")
                connection.send("GET /y HTTP/1.1\r\nHost: a\r\n\r\n")
                return (head, try connection.readResponse())
            }
            #expect(head.contains("content-length: 16"))
            #expect(next.status == 200 && next.body == "GET /y - http11")
        }
    }

    @Test func `the peer is asked for a body only when the handler wants it`() async throws {
        try await withServer { port in
            let (interim, final) = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send(
                    "POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
                let interim = try connection.read(through: "\r\n\r\n")
                connection.send("abc")
                return (interim, try connection.readResponse())
            }
            #expect(interim == "HTTP/1.1 100 Continue\r\n\r\n")
            #expect(final.body == "3")
            let refused = try await exchange(
                port, "POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            #expect(refused.status == 200 && refused.head.contains("connection: close"))
        }
    }

    @Test func `HTTP/1.0 gets no chunks and its connection ends with the answer`() async throws {
        try await withServer { port in
            let text = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("POST /echo HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc")
                return try connection.readToEnd()
            }
            #expect(text.hasSuffix("\r\n\r\nabc") && !text.contains("chunked"))
        }
    }

    @Test(arguments: [
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nGET /x HTTP/1.1\r\n",
            400
        ),
        ("GET / HTTP/1.1\nHost: a\n\n", 400), ("nonsense\r\n\r\n", 400),
        ("GET /\(String(repeating: "x", count: 20_000)) HTTP/1.1\r\n", 414),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 40_000))\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "A: b\r\n", count: 101))", 431),
        ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417),
    ])
    func `a refused request gets its status once and the connection ends`(text: String, status: Int) async throws {
        try await withServer { port in
            let answer = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send(text)
                return try connection.readToEnd()
            }
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.contains("connection: close"))
            #expect(answer.components(separatedBy: "connection: close").count == 2)
        }
    }

    @Test func `a broken chunk fails the body that the handler reads`() async throws {
        try await withServer { port in
            let answer = try await exchange(
                port, "POST /collect HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcXX")
            #expect(answer.status == 400 && answer.body.contains("malformed"))
        }
    }

    @Test func `a body past the limit is answered with 413, announced or not`() async throws {
        var limits = HTTPLimits()
        limits.maxBodyBytes = 10
        try await withServer(limits: limits) { port in
            let announced = try await exchange(port, "POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")
            #expect(announced.status == 413)
            let chunked = try await exchange(
                port, "POST /collect HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nB\r\n01234567890\r\n")
            #expect(chunked.status == 413)
            let fitting = try await exchange(
                port, "POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789")
            #expect(fitting.body == "10")
        }
    }

    @Test(arguments: [HTTPVersion.http11, .http2])
    func `a path may have a limit of its own`(version: HTTPVersion) async throws {
        var limits = HTTPLimits()
        limits.maxBodyBytes = 100
        let server = HTTPServer(
            host: "127.0.0.1", port: 0, limits: limits, bodyLimit: { $0 == "/long" ? 100_000 : nil }
        ) { request in
            let body = try? await request.body.collect(limit: .max)
            return .text(body == nil ? 413 : 200, "\(body?.count ?? 0)")
        }
        let port = try await server.start()
        let client = HTTPClient()
        for (path, count, status) in [
            ("/", 100, 200), ("/", 101, 413), ("/long", 100_000, 200), ("/long", 100_001, 413),
        ] {
            let response = try await client.send(
                HTTPClient.Request(
                    method: "POST", url: "http://127.0.0.1:\(port)\(path)", body: Data(count: count), version: version))
            #expect(response.status == status, "\(path) \(count)")
        }
        await server.drain(within: .seconds(5))
    }

    @Test func `large bodies that are collected are what was sent, and what follows them is the next request`()
        async throws
    {
        let bodies = [3 << 20, (1 << 20) + 1, 700_000, 5_000_011].map { count in
            Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 11) })
        }
        let handler: HTTPHandler = { request in
            guard let body = try? await request.body.collect(limit: 8 << 20) else { return .text(400, "") }
            return .text(200, "\(bodies.firstIndex(of: body) ?? -1)")
        }
        try await withServer(handler: handler) { port in
            let answers = try await onThread {
                let connection = try RawConnection(port: port)
                return try bodies.map { body in
                    connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n")
                    connection.send([UInt8](body) + Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
                    let answer = try connection.readResponse().body
                    #expect(try connection.readResponse().body == "-1")
                    return answer
                }
            }
            #expect(answers == ["0", "1", "2", "3"])
        }
    }

    @Test func `a large body that is longer than its reader takes ends as too large`() async throws {
        let handler: HTTPHandler = { request in
            do throws(HTTPError) {
                return .text(200, "\(try await request.body.collect(limit: 2 << 20).count)")
            } catch {
                return .text(error == .bodyTooLarge(limit: 2 << 20) ? 413 : 400, "\(error)")
            }
        }
        try await withServer(handler: handler) { port in
            let status = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n300000\r\n")
                connection.send([UInt8](repeating: 1, count: 3 << 20) + Array("\r\n0\r\n\r\n".utf8))
                return try connection.readResponse().status
            }
            #expect(status == 413)
        }
    }

    @Test func `a head that does not end is answered with 408`() async throws {
        var limits = HTTPLimits()
        limits.headerTimeout = .milliseconds(50)
        try await withServer(limits: limits) { port in
            let answer = try await exchange(port, "GET / HTTP/1.1\r\nHost:")
            #expect(answer.status == 408)
        }
    }

    @Test func `a body that stops coming is answered with 408`() async throws {
        var limits = HTTPLimits()
        limits.bodyTimeout = .milliseconds(50)
        try await withServer(limits: limits) { port in
            let answer = try await exchange(port, "POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab")
            #expect(answer.status == 408)
        }
    }

    @Test func `a connection that says nothing, or nothing more, is closed`() async throws {
        var limits = HTTPLimits()
        limits.headerTimeout = .milliseconds(50)
        limits.idleTimeout = .milliseconds(50)
        try await withServer(limits: limits) { port in
            let silent = try await onThread { try RawConnection(port: port).readToEnd() }
            #expect(silent == "")
            let kept = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try connection.readResponse()
                return try connection.readToEnd()
            }
            #expect(kept == "")
        }
    }

    @Test func `a peer that takes nothing loses its connection`() async throws {
        var limits = HTTPLimits()
        limits.writeTimeout = .milliseconds(100)
        let (ended, continuation) = AsyncStream<Void>.makeStream()
        let handler: HTTPHandler = { _ in
            // Holds the stream's end: it goes when the sender, whose peer is gone, lets go of the body.
            let sentinel = Sentinel { continuation.finish() }
            let body = HTTPBody.pulled {
                {
                    withExtendedLifetime(sentinel) { Data(count: 1 << 20) }
                }
            }
            return HTTPResponse(status: 200, body: body)
        }
        try await withServer(limits: limits, handler: handler) { port in
            let connection = try RawConnection(port: port)
            connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            for await _ in ended {}
            withExtendedLifetime(connection) {}
        }
    }

    private final class Sentinel: Sendable {
        private let atEnd: @Sendable () -> Void
        init(atEnd: @escaping @Sendable () -> Void) { self.atEnd = atEnd }
        deinit { atEnd() }
    }

    @Test func `connections past the limit are answered with 503`() async throws {
        var limits = HTTPLimits()
        limits.maxConnections = 1
        try await withServer(limits: limits) { port in
            let text = try await onThread {
                let first = try RawConnection(port: port)
                first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try first.readResponse()
                return try RawConnection(port: port).readToEnd()
            }
            #expect(text.hasPrefix("HTTP/1.1 503 "))
        }
    }

    @Test func `a peer that leaves cancels its handler`() async throws {
        let (events, continuation) = AsyncStream<String>.makeStream()
        let handler: HTTPHandler = { _ in
            await withTaskCancellationHandler {
                continuation.yield("started")
                try? await Task.sleep(for: .seconds(60))
                return .text(200, "late")
            } onCancel: {
                continuation.yield("cancelled")
            }
        }
        try await withServer(handler: handler) { port in
            var iterator = events.makeAsyncIterator()
            do {
                let connection = try RawConnection(port: port)
                connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(await iterator.next() == "started")
                _ = consume connection
            }
            #expect(await iterator.next() == "cancelled")
        }
    }

    @Test func `a slow handler holds back the peer's body`() async throws {
        var limits = HTTPLimits()
        limits.maxBufferedBodyBytes = 64 << 10
        let gate = AsyncStream<Void>.makeStream()
        let handler: HTTPHandler = { request in
            for await _ in gate.stream {}
            let count = (try? await request.body.collect(limit: 1 << 30).count) ?? -1
            return .text(200, "\(count)")
        }
        try await withServer(limits: limits, handler: handler) { port in
            let count = 64 << 20
            let sent = Mutex(0)
            let answer = Task {
                try await onThread {
                    let connection = try RawConnection(port: port)
                    connection.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n")
                    let piece = [UInt8](repeating: 7, count: 1 << 20)
                    for _ in 0..<64 {
                        connection.send(piece)
                        sent.withLock { $0 += piece.count }
                    }
                    return try connection.readResponse().body
                }
            }
            // Wait until the peer makes no progress any more, then see how far it came.
            var before = -1
            while true {
                let now = sent.withLock { $0 }
                if now == before, now > 0 { break }
                before = now
                try await onThread { usleep(100_000) }
            }
            #expect(before < 32 << 20)
            gate.continuation.finish()
            #expect(try await answer.value == "\(count)")
        }
    }

    /// Tells which threads are its own.
    private final class OwnThreads: TaskExecutor {
        static let isOwn = DispatchSpecificKey<Bool>()
        private let queue = DispatchQueue(label: "own")

        init() { queue.setSpecific(key: Self.isOwn, value: true) }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    @Test(arguments: ["own", "other"])
    func `a path has its requests answered where the server was told`(path: String) async throws {
        let threads = OwnThreads()
        let server = HTTPServer(
            host: "127.0.0.1", port: 0, executor: { $0 == "/own" ? threads : nil }
        ) { _ in
            await leaveEventLoop()
            return .text(200, DispatchQueue.getSpecific(key: OwnThreads.isOwn) == true ? "own" : "other")
        }
        let port = try await server.start()
        let answer = try await onThread {
            let connection = try RawConnection(port: port)
            connection.send("GET /\(path) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return try connection.readToEnd()
        }
        #expect(answer.hasSuffix("\r\n\r\n\(path)"))
        await server.drain(within: .seconds(20))
    }

    @Test func `draining finishes what is under way and takes nothing new`() async throws {
        let gate = AsyncStream<Void>.makeStream()
        let started = AsyncStream<Void>.makeStream()
        let server = HTTPServer(host: "127.0.0.1", port: 0) { _ in
            started.continuation.yield()
            for await _ in gate.stream {}
            return .text(200, "done")
        }
        let port = try await server.start()
        let connected = AsyncStream<Void>.makeStream()
        let idle = Task {
            try await onThread {
                let connection = try RawConnection(port: port)
                connected.continuation.finish()
                return try connection.readToEnd()
            }
        }
        // It comes first, so that the server has taken it once the other one's handler runs.
        for await _ in connected.stream {}
        let busy = Task {
            try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return try connection.readToEnd()
            }
        }
        var starts = started.stream.makeAsyncIterator()
        await starts.next()
        let drained = Task { await server.drain(within: .seconds(20)) }
        #expect(try await idle.value == "")
        gate.continuation.finish()
        let answer = try await busy.value
        #expect(answer.hasSuffix("done") && answer.contains("connection: close"))
        await drained.value
        await #expect(throws: RawConnection.Failure.self) { try await onThread { _ = try RawConnection(port: port) } }
    }

    @Test func `draining cuts off what does not end in time`() async throws {
        let (started, continuation) = AsyncStream<Void>.makeStream()
        let server = HTTPServer(host: "127.0.0.1", port: 0) { _ in
            continuation.finish()
            try? await Task.sleep(for: .seconds(60))
            return .text(200, "late")
        }
        let port = try await server.start()
        let busy = Task {
            try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return try connection.readToEnd()
            }
        }
        for await _ in started {}
        await server.drain(within: .milliseconds(100))
        #expect(try await busy.value == "")
    }

    @Test func `a handler that outlives its server comes to its end`() async throws {
        let (started, start) = AsyncStream<Void>.makeStream()
        let (gate, open) = AsyncStream<Void>.makeStream()
        let (ended, end) = AsyncStream<Void>.makeStream()
        let server = HTTPServer(host: "127.0.0.1", port: 0) { _ in
            start.finish()
            // Deaf to cancellation, as a computation may be.
            await Task.detached { for await _ in gate {} }.value
            let sentinel = Sentinel { end.finish() }
            return HTTPResponse(status: 200, body: .pulled { { withExtendedLifetime(sentinel) { Data(count: 100) } } })
        }
        let port = try await server.start()
        let connection = try RawConnection(port: port)
        connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        for await _ in started {}
        await server.drain(within: .milliseconds(1))
        open.finish()
        for await _ in ended {}
        withExtendedLifetime(connection) {}
    }

    @Test func `a port that is taken is a typed error`() async throws {
        try await withServer { port in
            let second = HTTPServer(host: "127.0.0.1", port: port, handler: TestHandler.answer)
            await #expect(throws: HTTPError.cannotListen(host: "127.0.0.1", port: port, code: EADDRINUSE)) {
                try await second.start()
            }
        }
    }

    @Test func `a handler cannot end a line or contradict the framing`() async throws {
        let handler: HTTPHandler = { _ in
            HTTPResponse(
                status: 200,
                fields: ["x": "a\r\nset-cookie: b", "content-length": "999", "transfer-encoding": "chunked", "y": "z"],
                body: .data(Data("ok".utf8)))
        }
        try await withServer(handler: handler) { port in
            let answer = try await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(answer.body == "ok" && answer.head.contains("y: z"))
            #expect(!answer.head.contains("cookie") && !answer.head.contains("chunked"))
        }
    }
}
