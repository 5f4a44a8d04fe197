import Foundation
import HTTP
import RPC
import Testing
import Wire

/// Connect's unary calls without a socket: every rule of verbs, types, codes and bodies.
@Suite struct ConnectTests {
    private struct Answer {
        let status: Int
        let fields: HTTPFields
        let body: Data

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private func call(
        _ path: String, _ body: Data = Data(), type: String? = "application/json", fields: HTTPFields = [:],
        verb: String = "POST", query: String? = nil, router: RPCRouter = Echo.router()
    ) async throws -> Answer {
        var fields = fields
        fields["content-type"] = type
        let request = HTTPRequest(method: verb, path: path, query: query, fields: fields, body: .data(body))
        let response = try #require(await router.respond(to: request))
        return Answer(status: response.status, fields: response.fields, body: try await response.consumed().body)
    }

    private let json = Data(#"{"service":"hello"}"#.utf8)

    @Test func `JSON goes in and comes out, with trailing metadata as prefixed fields`() async throws {
        let answer = try await call(
            Echo.unary.path, json, type: "application/json; charset=utf-8", fields: ["x-sent": "1"])
        #expect(answer.status == 200 && answer.fields["content-type"] == "application/json")
        #expect(answer.text == #"{"service":"hello"}"#)
        #expect(answer.fields["x-leading"] == "1" && answer.fields["trailer-x-trailing"] == "last")
    }

    @Test func `the binary form goes in and comes out`() async throws {
        let message = try Text(service: "hello").serialized()
        let answer = try await call(Echo.unary.path, message, type: "application/proto")
        #expect(answer.status == 200 && answer.fields["content-type"] == "application/proto")
        #expect(answer.body == message)
        #expect(try await call(Echo.unary.path, type: "application/proto").status == 200)
    }

    @Test func `an unknown method is 404 and unimplemented; a path that is not ours is nobody's`() async throws {
        let answer = try await call("/test.Echo/None", json)
        #expect(answer.status == 404 && answer.text.contains(#""code":"unimplemented""#))
        #expect(answer.fields["content-type"] == "application/json")
        #expect(try await call("/a.B/C", type: "application/proto").status == 404)
        let page = HTTPRequest(method: "GET", path: "/index.html")
        #expect(await Echo.router().respond(to: page) == nil)
    }

    @Test func `another verb is 405 and names those that are allowed`() async throws {
        let get = try await call(Echo.unary.path, type: nil, verb: "GET")
        #expect(get.status == 405 && get.fields["allow"] == "POST")
        let put = try await call(Echo.safe.path, json, verb: "PUT")
        #expect(put.status == 405 && put.fields["allow"] == "GET, POST")
    }

    @Test(arguments: [
        nil, "", "text/plain", "application/x-www-form-urlencoded", "application/dicom", "application/xml",
    ])
    func `another media type is 415 and names those that are read`(type: String?) async throws {
        let answer = try await call(Echo.unary.path, json, type: type)
        #expect(answer.status == 415 && answer.fields["accept-post"] == "application/proto, application/json")
    }

    @Test func `unary and streaming calls have their own media types`() async throws {
        let streaming = try await call(Echo.splits.path, json)
        #expect(streaming.status == 415 && streaming.fields["accept-post"]?.contains("connect+json") == true)
        let unary = try await call(Echo.unary.path, envelope(json), type: "application/connect+json")
        #expect(unary.status == 415 && unary.fields["accept-post"] == "application/proto, application/json")
        #expect(try await call(Echo.splits.path, json, type: "application/connect+xml").status == 415)
        let get = try await call(Echo.splits.path, type: "application/connect+json", verb: "GET")
        #expect(get.status == 405 && get.fields["allow"] == "POST")
    }

    @Test func `paths are told apart by case`() async throws {
        #expect(try await call("/test.Echo/unary", json).status == 404)
        #expect(try await call("/test.echo/Unary", json, type: "application/proto").status == 404)
    }

    @Test func `a GET has its time-out in the head and may be kept by caches`() async throws {
        let answer = try await call(
            Echo.safe.path, type: nil, fields: ["connect-timeout-ms": "0"], verb: "GET",
            query: "encoding=json&message=%7B%7D")
        #expect(answer.status == 504)
        let kept = try await call(Echo.safe.path, type: nil, verb: "GET", query: "encoding=json&message=%7B%7D")
        #expect(kept.fields["vary"] == "accept-encoding")
    }

    @Test(arguments: ["", "{", "[]", "nonsense", #"{"service":1}"#])
    func `JSON that is no such message is 400 and says of which type it should be`(text: String) async throws {
        let answer = try await call(Echo.unary.path, Data(text.utf8))
        #expect(answer.status == 400 && answer.text.contains(#""code":"invalid_argument""#))
        #expect(answer.text.contains("grpc.health.v1.HealthCheckRequest"))
    }

    @Test func `bytes that are no such message are 400`() async throws {
        let answer = try await call(Echo.unary.path, Data([0xFF, 0xFF]), type: "application/proto")
        #expect(answer.status == 400 && answer.text.contains("invalid_argument"))
    }

    @Test func `an error has its code, message and details; an unknown one its code alone`() async throws {
        let known = try await call(Echo.fails.path, json)
        #expect(known.status == 400 && known.fields["content-type"] == "application/json")
        #expect(known.fields["trailer-x-trailing"] == "last")
        let object = try #require(JSONSerialization.jsonObject(with: known.body) as? [String: Any])
        #expect(object["code"] as? String == "failed_precondition")
        #expect(object["message"] as? String == "50 % of 2 slices: “none”")
        let detail = try #require((object["details"] as? [[String: String]])?.first)
        #expect(detail == ["type": "grpc.health.v1.HealthCheckRequest", "value": "CgZkZXRhaWw"])
        let unknown = try await call(Echo.fails.path, Data(#"{"service":"secret"}"#.utf8))
        #expect(unknown.status == 500 && unknown.text == #"{"code":"unknown"}"#)
    }

    @Test(arguments: [
        (RPCStatus.Code.cancelled, 499, "canceled"), (.unknown, 500, "unknown"),
        (.invalidArgument, 400, "invalid_argument"), (.deadlineExceeded, 504, "deadline_exceeded"),
        (.notFound, 404, "not_found"), (.alreadyExists, 409, "already_exists"),
        (.permissionDenied, 403, "permission_denied"), (.resourceExhausted, 429, "resource_exhausted"),
        (.failedPrecondition, 400, "failed_precondition"), (.aborted, 409, "aborted"),
        (.outOfRange, 400, "out_of_range"), (.unimplemented, 501, "unimplemented"), (.internal, 500, "internal"),
        (.unavailable, 503, "unavailable"), (.dataLoss, 500, "data_loss"), (.unauthenticated, 401, "unauthenticated"),
    ])
    func `every code has its HTTP status and name`(code: RPCStatus.Code, status: Int, name: String) async throws {
        var router = RPCRouter()
        router.unary(Echo.unary) { _, _ in throw RPCStatus(code) }
        let answer = try await call(Echo.unary.path, json, router: router)
        #expect(answer.status == status && answer.text == #"{"code":"\#(name)"}"#)
    }

    @Test func `gzip is read, an empty body is not inflated, another encoding is unimplemented`() async throws {
        let gzip: HTTPFields = ["content-encoding": "gzip"]
        let packed = try Gzip.deflate(json)
        #expect(try await call(Echo.unary.path, packed, fields: gzip).text == #"{"service":"hello"}"#)
        #expect(try await call(Echo.unary.path, type: "application/proto", fields: gzip).status == 200)
        let broken = try await call(Echo.unary.path, json, fields: gzip)
        #expect(broken.status == 500 && broken.text.contains("internal"))
        let other = try await call(Echo.unary.path, json, fields: ["content-encoding": "br"])
        #expect(other.status == 501 && other.fields["accept-encoding"] == "gzip, identity")
        #expect(other.text.contains("gzip, identity"))
    }

    @Test func `a message past the limit is resource_exhausted, inflated or not`() async throws {
        var limits = RPCLimits()
        limits.maxMessageBytes = 1000
        let router = Echo.router(limits: limits)
        let long = Data(#"{"service":"\#(String(repeating: "x", count: 2000))"}"#.utf8)
        let plain = try await call(Echo.unary.path, long, router: router)
        #expect(plain.status == 429 && plain.text.contains("larger than 1000 bytes"))
        let bomb = try await call(
            Echo.unary.path, Gzip.deflate(long), fields: ["content-encoding": "gzip"], router: router)
        #expect(bomb.status == 429)
    }

    @Test(arguments: ["", "x", "-1", "1.5", "12345678901", " 1"])
    func `a malformed time-out is refused`(text: String) async throws {
        #expect(try await call(Echo.unary.path, json, fields: ["connect-timeout-ms": text]).status == 400)
    }

    @Test func `a version of the protocol that we do not know is refused`() async throws {
        #expect(try await call(Echo.unary.path, json, fields: ["connect-protocol-version": "1"]).status == 200)
        #expect(try await call(Echo.unary.path, json, fields: ["connect-protocol-version": "2"]).status == 400)
    }

    @Test(arguments: [
        "connect=v1&encoding=json&message=%7B%22service%22%3A%22hello%22%7D",
        "message=%7B%22service%22:%22hello%22%7D&encoding=json&unknown=1",
        "encoding=json&base64=1&message=eyJzZXJ2aWNlIjoiaGVsbG8ifQ",
        "encoding=json&base64=1&message=eyJzZXJ2aWNlIjoiaGVsbG8ifQ%3D%3D",
    ])
    func `a method without side effects answers GET`(query: String) async throws {
        let answer = try await call(Echo.safe.path, type: nil, verb: "GET", query: query)
        #expect(answer.status == 200 && answer.text == #"{"service":"hello"}"#)
    }

    @Test func `GET takes the binary form in base64 of the URL's alphabet, gzip included`() async throws {
        let message = try Text(service: "??>>").serialized()
        let plain = message.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
        let answer = try await call(
            Echo.safe.path, type: nil, verb: "GET", query: "encoding=proto&base64=1&message=\(plain)")
        #expect(answer.body == message && answer.fields["content-type"] == "application/proto")
        let packed = try Gzip.deflate(message).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
        let inflated = try await call(
            Echo.safe.path, type: nil, verb: "GET", query: "encoding=proto&base64=1&compression=gzip&message=\(packed)")
        #expect(inflated.body == message)
    }

    @Test(arguments: [
        ("", 400), ("encoding=json", 400), ("message=%7B%7D", 400), ("encoding=xml&message=x", 415),
        ("encoding=json&message=%7B", 400), ("encoding=json&base64=1&message=***", 400),
        ("connect=v2&encoding=json&message=%7B%7D", 400), ("encoding=json&compression=br&message=%7B%7D", 501),
        ("%", 400), ("&&=&%zz=%", 400),
    ])
    func `a query that says too little or nonsense is refused`(query: String, status: Int) async throws {
        #expect(try await call(Echo.safe.path, type: nil, verb: "GET", query: query).status == status)
    }

    @Test func `every call is recorded once`() async throws {
        let records = Records()
        let router = Echo.router(observer: records)
        _ = try await call(Echo.unary.path, json, router: router)
        _ = try await call(Echo.unary.path, json, type: "text/plain", router: router)
        _ = try await call("/test.Echo/None", json, router: router)
        #expect(records.started == ["test.Echo/Unary", "test.Echo/Unary", "unknown"])
        #expect(records.ended.map(\.status.code) == [.ok, .invalidArgument, .unimplemented])
        #expect(records.ended.allSatisfy { $0.transport == .connect })
    }
}
