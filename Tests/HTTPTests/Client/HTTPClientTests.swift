import Foundation
import HTTP
import Synchronization
import Testing

@Suite struct HTTPClientTests {
    private let client = HTTPClient()

    @Test(arguments: [HTTPVersion.http11, .http2])
    func `an exchange brings status, fields, body and trailers`(version: HTTPVersion) async throws {
        let handler: HTTPHandler = { request in
            let body = try? await request.body.collect(limit: 1000)
            return HTTPResponse(
                status: 201,
                fields: [
                    "x-method": request.method, "x-query": request.query ?? "",
                    "x-sent": request.fields["x-sent"] ?? "",
                    "x-length": "\(request.body.length ?? -1)",
                ],
                body: .pulled {
                    var rest = body
                    return {
                        defer { rest = nil }
                        return rest
                    }
                }, trailers: .fields(["x-late": "1"]))
        }
        try await withServer(handler: handler) { port in
            let response = try await client.send(
                HTTPClient.Request(
                    method: "PUT", url: "http://127.0.0.1:\(port)/p?q=1", fields: ["x-sent": "yes"],
                    body: Data("body".utf8), version: version))
            #expect(response.status == 201)
            #expect(response.fields["x-method"] == "PUT" && response.fields["x-query"] == "q=1")
            #expect(response.fields["x-sent"] == "yes" && response.fields["x-length"] == "4")
            #expect(try await response.body.collect(limit: 100) == Data("body".utf8))
            guard case .fields(let trailers) = response.trailers else {
                Issue.record("no trailers")
                return
            }
            #expect(trailers["x-late"] == "1")
        }
    }

    @Test(arguments: [HTTPVersion.http11, .http2])
    func `a large body goes out whole, with progress up to its end`(version: HTTPVersion) async throws {
        let progress = Mutex<[HTTPClient.TransferProgress]>([])
        try await withServer { port in
            let response = try await client.send(
                HTTPClient.Request(
                    method: "POST", url: "http://127.0.0.1:\(port)/collect", body: Data(count: 5 << 20),
                    version: version, onProgress: { step in progress.withLock { $0.append(step) } }))
            #expect(try await response.body.collect(limit: 100) == Data("\(5 << 20)".utf8))
        }
        let steps = progress.withLock { $0 }
        #expect(steps.count > 3 && steps.last?.sentBytes == 5 << 20)
        #expect(steps.allSatisfy { $0.totalBytes == 5 << 20 })
        #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.sentBytes <= $1.sentBytes })
    }

    @Test func `exchanges one after the other share one connection`() async throws {
        let peers = Mutex<Set<String>>([])
        let handler: HTTPHandler = { request in
            _ = peers.withLock { $0.insert(request.remoteAddress ?? "") }
            return .text(200, request.path)
        }
        try await withServer(handler: handler) { port in
            for index in 0..<50 {
                _ = try await client.send(HTTPClient.Request(url: "http://127.0.0.1:\(port)/\(index)"))
            }
        }
        #expect(peers.withLock { $0.count } == 1)
    }

    @Test(arguments: [HTTPVersion.http11, .http2])
    func `many exchanges at a time all get their own answers`(version: HTTPVersion) async throws {
        try await withServer { port in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<200 {
                    group.addTask {
                        let response = try await client.send(
                            HTTPClient.Request(url: "http://127.0.0.1:\(port)/\(index)", version: version))
                        let text = String(decoding: try await response.body.collect(limit: 100), as: UTF8.self)
                        return text.hasPrefix("GET /\(index) ")
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test func `a time-out ends the exchange`() async throws {
        try await withServer(handler: Self.never) { port in
            await #expect(throws: HTTPError.timedOut(phase: .exchange)) {
                try await client.send(
                    HTTPClient.Request(url: "http://127.0.0.1:\(port)/", timeout: .milliseconds(100)))
            }
        }
    }

    private static let never: HTTPHandler = { _ in
        try? await Task.sleep(for: .seconds(60))
        return .text(200, "late")
    }

    @Test(arguments: [HTTPVersion.http11, .http2])
    func `cancelling the Task cancels the handler on the other side`(version: HTTPVersion) async throws {
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
            let sending = Task {
                try await client.send(HTTPClient.Request(url: "http://127.0.0.1:\(port)/", version: version))
            }
            var iterator = events.makeAsyncIterator()
            #expect(await iterator.next() == "started")
            sending.cancel()
            await #expect(throws: HTTPError.cancelled) { try await sending.value }
            #expect(await iterator.next() == "cancelled")
        }
    }

    @Test func `a response past the limit is refused`() async throws {
        let handler: HTTPHandler = { _ in HTTPResponse(status: 200, body: .data(Data(count: 2000))) }
        try await withServer(handler: handler) { port in
            await #expect(throws: HTTPError.responseTooLarge(limit: 1999)) {
                try await client.send(
                    HTTPClient.Request(url: "http://127.0.0.1:\(port)/", maxResponseBytes: 1999))
            }
        }
    }

    @Test func `nobody at the port is a typed error, and so is no URL`() async throws {
        let server = HTTPServer(host: "127.0.0.1", port: 0, handler: TestHandler.answer)
        let port = try await server.start()
        await server.drain(within: .seconds(1))
        await #expect(throws: HTTPError.cannotConnect(host: "127.0.0.1:\(port)")) {
            try await client.send(HTTPClient.Request(url: "http://127.0.0.1:\(port)/"))
        }
        await #expect(throws: HTTPError.invalidURL) {
            try await client.send(HTTPClient.Request(url: "file:///etc/hosts"))
        }
        await #expect(throws: HTTPError.invalidURL) { try await client.send(HTTPClient.Request(url: "")) }
    }

    @Test(arguments: [HTTPVersion.http11, .http2])
    func `a server that was replaced is reached again over a new connection`(version: HTTPVersion) async throws {
        let first = HTTPServer(host: "127.0.0.1", port: 0, handler: TestHandler.answer)
        let port = try await first.start()
        let request = HTTPClient.Request(
            method: "POST", url: "http://127.0.0.1:\(port)/collect", body: Data(count: 3), version: version)
        _ = try await client.send(request)
        await first.drain(within: .seconds(2))
        let second = HTTPServer(host: "127.0.0.1", port: port, handler: TestHandler.answer)
        _ = try await second.start()
        #expect(try await client.send(request).status == 200)
        await second.drain(within: .seconds(2))
    }
}
