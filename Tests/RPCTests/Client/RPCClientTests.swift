import Foundation
import HTTP
import RPC
import Synchronization
import Testing
import Wire

@Suite struct RPCClientTests {
    /// Runs `body` with a client of a server that answers by `handler`.
    private func withClient(
        _ handler: @escaping HTTPHandler, version: HTTPVersion = .http11, maxResponseBytes: Int = 1 << 20,
        _ body: (RPCClient) async throws -> Void
    ) async throws {
        let server = HTTPServer(host: "127.0.0.1", port: 0, handler: handler)
        let port = try await server.start()
        let client = RPCClient(
            address: "127.0.0.1:\(port)/", version: version, client: HTTPClient(), maxResponseBytes: maxResponseBytes)
        let result: Result<Void, any Error>
        do { result = .success(try await body(client)) } catch { result = .failure(error) }
        await server.drain(within: .milliseconds(100))
        try result.get()
    }

    private static func serve(_ router: RPCRouter) -> HTTPHandler {
        { await router.respond(to: $0) ?? .text(404, "nobody") }
    }

    @Test(arguments: [HTTPVersion.http11, .http2])
    func `a call brings its answer and takes metadata along`(version: HTTPVersion) async throws {
        var router = RPCRouter()
        router.unary(Echo.unary) { request, context in
            let bytes = context.metadata.binary("b-bin").map(Array.init) ?? []
            return Text(
                service: "\(request.service) \(context.metadata["a"] ?? "-") \(bytes) \(context.deadline != nil)")
        }
        try await withClient(Self.serve(router), version: version) { client in
            var metadata: Metadata = ["a": "1"]
            metadata.append("b-bin", binary: Data([1, 2]))
            let answer = try await client.unary(
                Echo.unary, Text(service: "hello"), metadata: metadata, timeout: .seconds(30))
            #expect(answer.service == "hello 1 [1, 2] true")
            #expect(try await client.unary(Echo.unary, Text()).service == " - [] false")
        }
    }

    @Test func `a status comes over with its details`() async throws {
        try await withClient(Self.serve(Echo.router())) { client in
            await #expect(throws: Echo.Known().rpcStatus) { try await client.unary(Echo.fails, Text()) }
            await #expect(throws: RPCStatus(.unknown)) { try await client.unary(Echo.fails, Text(service: "secret")) }
            do throws(RPCStatus) {
                _ = try await client.unary(Echo.fails, Text())
            } catch {
                #expect(error.detail(Text.self) == Text(service: "detail"))
            }
        }
    }

    @Test func `the deadline ends the call on both sides`() async throws {
        let (cancelled, continuation) = AsyncStream<Void>.makeStream()
        let router = Echo.router(cancelled: { continuation.finish() })
        try await withClient(Self.serve(router)) { client in
            let error = await #expect(throws: RPCStatus.self) {
                try await client.unary(Echo.waits, Text(), timeout: .milliseconds(50))
            }
            #expect(error?.code == .deadlineExceeded)
            for await _ in cancelled {}
        }
    }

    @Test func `cancelling the Task cancels the handler`() async throws {
        let (cancelled, continuation) = AsyncStream<Void>.makeStream()
        let (started, start) = AsyncStream<Void>.makeStream()
        let router = Echo.router(cancelled: { continuation.finish() })
        let serve = Self.serve(router)
        try await withClient({
            start.finish()
            return await serve($0)
        }) { client in
            let calling = Task { try await client.unary(Echo.waits, Text()) }
            for await _ in started {}
            calling.cancel()
            let error = await #expect(throws: RPCStatus.self) { try await calling.value }
            #expect(error?.code == .cancelled)
            for await _ in cancelled {}
        }
    }

    @Test(arguments: [
        (400, RPCStatus.Code.internal), (401, .unauthenticated), (403, .permissionDenied), (404, .unimplemented),
        (429, .unavailable), (502, .unavailable), (503, .unavailable), (504, .unavailable), (418, .unknown),
        (500, .unknown),
    ])
    func `an answer that is no error message is told by its HTTP status`(status: Int, code: RPCStatus.Code) async throws
    {
        for body in ["", "<html>", "{}", #"{"code":null}"#, #"{"code":"ok"}"#, #"{"code":"nonsense"}"#] {
            try await withClient({ _ in
                HTTPResponse(status: status, fields: ["content-type": "application/json"], body: .data(Data(body.utf8)))
            }) { client in
                let error = await #expect(throws: RPCStatus.self) { try await client.unary(Echo.unary, Text()) }
                #expect(error?.code == code, "\(body)")
            }
        }
    }

    @Test func `an answer of another type, no message and one too large are typed`() async throws {
        try await withClient({ _ in .text(200, "hello") }) { client in
            let error = await #expect(throws: RPCStatus.self) { try await client.unary(Echo.unary, Text()) }
            #expect(error?.code == .internal)
        }
        try await withClient({ _ in
            HTTPResponse(status: 200, fields: ["content-type": "application/proto"], body: .data(Data([0xFF])))
        }) { client in
            let error = await #expect(throws: RPCStatus.self) { try await client.unary(Echo.unary, Text()) }
            #expect(error?.code == .internal)
        }
        try await withClient(Self.serve(Echo.router()), maxResponseBytes: 100) { client in
            let error = await #expect(throws: RPCStatus.self) {
                try await client.unary(Echo.unary, Text(service: String(repeating: "x", count: 200)))
            }
            #expect(error?.code == .resourceExhausted)
        }
    }

    @Test func `a server that is not there is unavailable`() async throws {
        let server = HTTPServer(host: "127.0.0.1", port: 0) { _ in .text(200, "") }
        let port = try await server.start()
        await server.drain(within: .seconds(1))
        let error = await #expect(throws: RPCStatus.self) {
            try await RPCClient(address: "http://127.0.0.1:\(port)").unary(Echo.unary, Text())
        }
        #expect(error == RPCStatus(.unavailable, "nobody answers at 127.0.0.1:\(port)"))
    }

    @Test func `progress is told up to the end of the request`() async throws {
        let last = Mutex<HTTPClient.TransferProgress?>(nil)
        try await withClient(Self.serve(Echo.router()), maxResponseBytes: 4 << 20) { client in
            let text = Text(service: String(repeating: "x", count: 2 << 20))
            let answer = try await client.unary(Echo.unary, text, onProgress: { step in last.withLock { $0 = step } })
            #expect(answer == text)
        }
        let step = try #require(last.withLock { $0 })
        #expect(step.sentBytes == step.totalBytes && step.totalBytes > 2 << 20)
    }
}
