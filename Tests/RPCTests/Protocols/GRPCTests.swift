import Foundation
import HTTP
import RPC
import Testing
import Wire

/// gRPC without a socket: every rule of its status, headers and frames.
@Suite struct GRPCTests {
    private struct Answer {
        let status: Int
        let fields: HTTPFields
        let messages: [Text]
        let trailers: HTTPFields

        /// From the trailers, or from the head of a Trailers-Only answer.
        var code: RPCStatus.Code? {
            (trailers["grpc-status"] ?? fields["grpc-status"]).flatMap { Int($0) }.flatMap(
                RPCStatus.Code.init(rawValue:))
        }
        var message: String? { trailers["grpc-message"] ?? fields["grpc-message"] }
    }

    private func frame(_ message: Data, flag: UInt8 = 0) -> Data {
        Data([flag]) + withUnsafeBytes(of: UInt32(message.count).bigEndian) { Data($0) } + message
    }

    private func frame(_ text: String) throws -> Data {
        frame(try Text(service: text).serialized())
    }

    private func call(
        _ path: String, _ body: Data, type: String = "application/grpc", fields: HTTPFields = [:],
        verb: String = "POST", version: HTTPVersion = .http2, router: RPCRouter = Echo.router(), cuts: Int = 0
    ) async throws -> Answer {
        var fields = fields
        fields["content-type"] = type
        fields["te"] = "trailers"
        let request = HTTPRequest(
            method: verb, path: path, fields: fields, version: version,
            body: cuts > 0 ? pieces(body, cuts) : .data(body))
        let response = try #require(await router.respond(to: request))
        let (bytes, trailers) = try await response.consumed()
        return Answer(
            status: response.status, fields: response.fields,
            messages: response.status == 200 ? try split(bytes) : [], trailers: trailers)
    }

    /// The body in pieces of so many bytes.
    private func pieces(_ body: Data, _ count: Int) -> HTTPBody {
        .stream(
            AsyncStream { continuation in
                for start in stride(from: 0, to: body.count, by: count) {
                    continuation.yield(body[start..<min(start + count, body.count)])
                }
                continuation.finish()
            })
    }

    private func split(_ bytes: Data) throws -> [Text] {
        var messages: [Text] = []
        var rest = bytes
        while rest.count >= 5 {
            let length = rest.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }
            messages.append(try Text(serialized: Data(rest.dropFirst(5).prefix(length))))
            rest = rest.dropFirst(5 + length)
        }
        #expect(rest.isEmpty)
        return messages
    }

    @Test func `a unary call brings message, metadata and status OK in the trailers`() async throws {
        let answer = try await call(Echo.unary.path, frame("hello"), fields: ["x-sent": "1"])
        #expect(answer.status == 200 && answer.fields["content-type"] == "application/grpc")
        #expect(answer.messages == [Text(service: "hello")])
        #expect(answer.trailers["grpc-status"] == "0" && answer.fields["grpc-status"] == nil)
        #expect(answer.fields["x-leading"] == "1" && answer.trailers["x-trailing"] == "last")
    }

    @Test func `the JSON codec is served too`() async throws {
        let body = frame(Data(#"{"service":"hello"}"#.utf8))
        let request = HTTPRequest(
            method: "POST", path: Echo.unary.path, fields: ["content-type": "application/grpc+json"], version: .http2,
            body: .data(body))
        let response = try #require(await Echo.router().respond(to: request))
        #expect(response.fields["content-type"] == "application/grpc+json")
        #expect(try await response.consumed().body == body)
    }

    @Test(arguments: [
        ("/test.Echo/None", RPCStatus.Code.unimplemented), ("/other.Service/Method", .unimplemented),
        ("/", .unimplemented),
    ])
    func `an unknown method is UNIMPLEMENTED in a head alone`(path: String, code: RPCStatus.Code) async throws {
        let answer = try await call(path, frame("x"))
        #expect(answer.status == 200 && answer.code == code && answer.trailers.isEmpty && answer.messages.isEmpty)
    }

    @Test func `a codec we lack is 415, another verb 405, HTTP 1 has no gRPC`() async throws {
        #expect(try await call(Echo.unary.path, frame("x"), type: "application/grpc+thrift").status == 415)
        let get = try await call(Echo.unary.path, Data(), verb: "GET")
        #expect(get.status == 405 && get.fields["allow"] == "POST")
        #expect(try await call(Echo.unary.path, frame("x"), version: .http11).status == 505)
    }

    @Test func `a known error brings its status, percent-encoded, with details; an unknown one nothing`() async throws {
        let known = try await call(Echo.fails.path, frame("known"))
        #expect(known.code == .failedPrecondition)
        #expect(known.message == "50 %25 of 2 slices: %E2%80%9Cnone%E2%80%9D")
        #expect(known.fields["x-trailing"] == "last")
        // google.rpc.Status, as protoc decodes it: code 9, the message, one Any.
        let detail = Data("type.googleapis.com/grpc.health.v1.HealthCheckRequest".utf8)
        let packed = try #require(known.fields["grpc-status-details-bin"].flatMap { Data(base64Encoded: padded($0)) })
        #expect(packed.starts(with: [0x08, 0x09, 0x12]) && packed.firstRange(of: detail) != nil)
        let unknown = try await call(Echo.fails.path, frame("secret"))
        #expect(unknown.code == .unknown && unknown.message == nil)
        #expect(try await call(Echo.fails.path, frame("cancelled")).code == .cancelled)
    }

    private func padded(_ text: String) -> String {
        text + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }

    @Test(arguments: ["", "1", "S", "1x", "123456789S", "-1S", "1.5S", " 1S"])
    func `a malformed time-out is refused`(text: String) async throws {
        #expect(try await call(Echo.unary.path, frame("x"), fields: ["grpc-timeout": text]).code == .internal)
    }

    @Test(arguments: ["1H", "99999999H", "5M", "5S", "5000m", "5000000u", "99999999n"])
    func `a time-out that is long enough changes nothing`(text: String) async throws {
        #expect(try await call(Echo.unary.path, frame("x"), fields: ["grpc-timeout": text]).code == .ok)
    }

    @Test func `binary metadata is read padded, unpadded and joined`() async throws {
        let (contexts, continuation) = AsyncStream<CallContext>.makeStream()
        var router = RPCRouter()
        router.unary(Echo.unary) { request, context in
            continuation.yield(context)
            return request
        }
        _ = try await call(
            Echo.unary.path, frame("x"),
            fields: ["a-bin": "AQI=,AwQ", "b": "text", "grpc-internal": "no", "user-agent": "me"], router: router)
        var iterator = contexts.makeAsyncIterator()
        let context = try #require(await iterator.next())
        #expect(
            context.metadata.entries.map(\.value).prefix(3) == [
                .binary(Data([1, 2])), .binary(Data([3, 4])), .text("text"),
            ])
        #expect(context.metadata["grpc-internal"] == nil && context.metadata["content-type"] == nil)
        #expect(context.method == "test.Echo/Unary" && context.transport == .grpc && context.deadline == nil)
    }

    @Test func `every call is recorded once, with the error that its caller does not see`() async throws {
        let records = Records()
        let router = Echo.router(observer: records)
        _ = try await call(Echo.unary.path, frame("x"), router: router)
        _ = try await call(Echo.fails.path, frame("secret"), router: router)
        _ = try await call("/test.Echo/None", frame("x"), router: router)
        _ = try await call(Echo.splits.path, frame("a fail"), router: router)
        #expect(records.started == ["test.Echo/Unary", "test.Echo/Fails", "unknown", "test.Echo/Splits"])
        #expect(records.ended.map(\.status.code) == [.ok, .unknown, .unimplemented, .failedPrecondition])
        #expect(records.ended[1].error is Echo.Secret)
    }

    @Test func `a stream whose reader leaves is recorded as cancelled`() async throws {
        let records = Records()
        let request = HTTPRequest(
            method: "POST", path: Echo.splits.path, fields: ["content-type": "application/grpc"], version: .http2,
            body: .data(try frame("a b c")))
        do {
            let response = try #require(await Echo.router(observer: records).respond(to: request))
            var body = response.body.makeAsyncIterator()
            _ = try await body.next()
        }
        #expect(records.ended.map(\.status.code) == [.cancelled])
    }
}
