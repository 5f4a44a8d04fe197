import Foundation
import RPC
import Testing
import Wire

/// Calls without any protocol.
@Suite struct InProcessTransportTests {
    private func list(_ texts: String...) -> AsyncStream<Text> {
        AsyncStream { continuation in
            for text in texts { continuation.yield(Text(service: text)) }
            continuation.finish()
        }
    }

    @Test func `the four shapes work`() async throws {
        let transport = InProcessTransport(Echo.router())
        #expect(try await transport.unary(Echo.unary, Text(service: "x")) == Text(service: "x"))
        for (method, requests, expected) in [
            (Echo.joins, list("a", "b"), ["a b"]), (Echo.splits, list("a b"), ["a", "b"]),
            (Echo.chats, list("a", "b"), ["a", "b"]),
        ] {
            var texts: [String] = []
            for try await answer in try await transport.streaming(method, requests) { texts.append(answer.service) }
            #expect(texts == expected)
        }
    }

    @Test func `metadata go both ways and the call is recorded`() async throws {
        let records = Records()
        let transport = InProcessTransport(Echo.router(observer: records))
        var options = InProcessTransport.Options()
        options.metadata = ["x-sent": "1"]
        _ = try await transport.unary(Echo.unary, Text(), options)
        #expect(options.response.leading["x-leading"] == "1" && options.response.trailing["x-trailing"] == "last")
        #expect(records.ended.map(\.transport) == [.inProcess] && records.ended.map(\.status) == [.ok])
    }

    @Test func `errors, deadlines and unknown methods are statuses`() async throws {
        let transport = InProcessTransport(Echo.router())
        await #expect(throws: Echo.Known().rpcStatus) { try await transport.unary(Echo.fails, Text(service: "known")) }
        await #expect(throws: RPCStatus(.unknown)) { try await transport.unary(Echo.fails, Text(service: "secret")) }
        var options = InProcessTransport.Options()
        options.timeout = .milliseconds(20)
        let timed = options
        let error = await #expect(throws: RPCStatus.self) { try await transport.unary(Echo.waits, Text(), timed) }
        #expect(error?.code == .deadlineExceeded)
        let unknown = await #expect(throws: RPCStatus.self) {
            try await InProcessTransport(RPCRouter()).unary(Echo.unary, Text())
        }
        #expect(unknown?.code == .unimplemented)
    }

    @Test func `a stream that fails throws its status behind its messages`() async throws {
        var texts: [String] = []
        await #expect(throws: Echo.Known().rpcStatus) {
            for try await answer in try await InProcessTransport(Echo.router()).streaming(Echo.splits, list("a fail")) {
                texts.append(answer.service)
            }
        }
        #expect(texts == ["a", "fail"])
    }
}
