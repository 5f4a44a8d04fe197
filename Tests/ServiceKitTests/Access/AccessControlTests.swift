import Foundation
import HTTP
import RPC
import Testing
import Wire

import ServiceKit

/// Says who asks: the handlers' view of a caller.
private struct Mirror: Service {
    func register(in router: inout RPCRouter) {
        router.unary(TriageServiceMethods.getStudy) { request, context in
            GetStudyResponse(
                study: Study(
                    studyInstanceUID:
                        "\(context.caller?.name ?? "nobody") \(context.metadata["authorization"] ?? "no token")"))
        }
        router.unary(TriageServiceMethods.submit) { _, _ in SubmitResponse() }
        router.unary(ConformanceMethods.unary) { _, _ in ConformanceResponse() }
    }

    func respond(to request: HTTPRequest) async -> HTTPResponse? {
        .text(200, request.caller?.name ?? "nobody")
    }
}

@Suite struct AccessControlTests {
    private let folder: URL
    private let audit: AuditLog
    private let host: ServiceHost
    private let tokens: [Caller.Role: String]

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "hilum-access-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var tokens: [Caller.Role: String] = [:]
        var lines = ""
        for role in Caller.Role.allCases {
            let made = try #require(StaticTokens.make(for: Caller(name: "a-\(role.rawValue)", roles: [role])))
            tokens[role] = made.token
            lines += made.line + "\n"
        }
        self.tokens = tokens
        let logger = Logger(service: "test", sink: { _ in })
        let metrics = Metrics()
        audit = try AuditLog(path: folder.appending(path: "audit").path, logger: logger, metrics: metrics)
        host = ServiceHost(
            service: Mirror(), options: ServerOptions(port: 0),
            context: ServiceContext(logger: logger, metrics: metrics, audit: audit),
            authenticator: Authenticator(staticTokens: try StaticTokens(lines)))
    }

    private func ask(
        _ path: String, _ token: String?, method: String = "GET", fields: HTTPFields = [:], body: String = ""
    ) async throws -> (status: Int, fields: HTTPFields, text: String) {
        var fields = fields
        if let token { fields["authorization"] = "Bearer \(token)" }
        let response = await host.respond(
            to: HTTPRequest(
                method: method, path: path, fields: fields, body: .data(Data(body.utf8)), remoteAddress: "192.0.2.7:40")
        )
        return (
            response.status, response.fields,
            String(decoding: try await response.body.collect(limit: 9999), as: UTF8.self)
        )
    }

    private func call(_ method: String, _ token: String?, body: String = "{}") async throws -> (
        status: Int, fields: HTTPFields, text: String
    ) {
        try await ask(
            "/hilum.v1.TriageService/\(method)", token, method: "POST", fields: ["content-type": "application/json"],
            body: body)
    }

    private func auditLines() throws -> [String] {
        try String(contentsOf: folder.appending(path: "audit"), encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test func `health and metrics are open, everything else asks for credentials`() async throws {
        for path in ["/healthz/live", "/metrics", "/v2/health/live"] { #expect(try await ask(path, nil).status == 200) }
        for path in [
            "/v2", "/v2/models/x/infer", "/dicom-web/studies", "/nothing", "/dicom-web/studies/1/x", "/..", "/%",
        ] {
            let answer = try await ask(path, nil)
            #expect(answer.status == 401, "\(path)")
            #expect(answer.fields["www-authenticate"] == "Bearer realm=\"hilum\"")
        }
        #expect(try await call("GetStudy", nil).status == 401)
        #expect(try await call("NoSuchMethod", nil).status == 401)
    }

    @Test func `a caller that is known learns what is not there`() async throws {
        #expect(try await ask("/nothing", tokens[.sender]).status == 404)
        #expect(try await call("NoSuchMethod", tokens[.sender]).status == 404)
        #expect(try await ask("/ui/x", tokens[.sender], method: "DELETE").status == 405)
    }

    @Test func `a role that is missing is 403, one of those that may is let in`() async throws {
        let refused = try await call("Submit", tokens[.reader])
        #expect(refused.status == 403)
        #expect(refused.fields["www-authenticate"] == "Bearer realm=\"hilum\", error=\"insufficient_scope\"")
        #expect(refused.text.contains("permission_denied"))
        #expect(try await call("Submit", tokens[.sender]).status == 200)
        #expect(try await ask("/dicom-web/studies/1/metadata", tokens[.operator]).status == 403)
        #expect(try await ask("/dicom-web/studies/1/metadata", tokens[.reader]).text == "a-reader")
    }

    @Test func `a method that the table does not name is for nobody`() async throws {
        #expect(host.methodsWithoutRule == ["hilum.conformance.v1.ConformanceService/Unary"])
        let answer = try await ask(
            "/hilum.conformance.v1.ConformanceService/Unary", tokens[.operator], method: "POST",
            fields: ["content-type": "application/json"], body: "{}")
        #expect(answer.status == 403)
    }

    @Test(arguments: [
        "Basic abc", "Bearer", "Bearer a b", "Bearer hilum_wrong", "hilum_wrong", "Bearer eyJhbGciOiJub25lIn0.e30.",
    ])
    func `what is no token of ours is 401`(credentials: String) async throws {
        let answer = try await ask("/v2", nil, fields: ["authorization": credentials])
        #expect(answer.status == 401)
        #expect(answer.fields["www-authenticate"] == "Bearer realm=\"hilum\", error=\"invalid_token\"")
    }

    @Test func `a handler knows the caller's name and never the token`() async throws {
        let answer = try await call("GetStudy", tokens[.reader], body: #"{"studyInstanceUid":"1.2.3"}"#)
        #expect(answer.text.contains("a-reader no token"))
    }

    @Test func `reads and refusals are in the audit log, with study and caller and without token`() async throws {
        _ = try await call("GetStudy", tokens[.reader], body: #"{"studyInstanceUid":"1.2.3"}"#)
        _ = try await ask("/dicom-web/studies/4.5.6/metadata", tokens[.reader])
        let read = try auditLines()
        #expect(read.count == 2)
        #expect(
            read[0].contains(#""action":"result_read","caller":"a-reader","roles":["reader"],"peer":"192.0.2.7:40""#))
        #expect(read[0].contains(#""study":"1.2.3""#))
        #expect(read[1].contains(#""action":"image_read""#) && read[1].contains(#""study":"4.5.6""#))
        _ = try await call("Submit", tokens[.reader])
        try await audit.record(AuditRecord(.start))  // the refusal before it is written then, or soon
        while try auditLines().count < 4 { await Task.yield() }
        let text = try auditLines().joined()
        #expect(text.contains(#""action":"refused","caller":"a-reader""#) && text.contains("role_missing"))
        for token in tokens.values { #expect(!text.contains(token)) }
    }
}

@Suite struct RateLimitedHostTests {
    @Test func `the limit is each caller's own, 429 with the time to wait`() async throws {
        var options = ServerOptions(port: 0)
        options.access.requestsPerSecond = 1
        options.access.burst = 2
        let host = ServiceHost(
            service: Mirror(), options: options,
            context: ServiceContext(logger: Logger(service: "test", sink: { _ in })))
        func ask(_ address: String) async -> HTTPResponse {
            await host.respond(to: HTTPRequest(method: "GET", path: "/v2", remoteAddress: address))
        }
        #expect(await ask("192.0.2.1:1").status == 200)
        #expect(await ask("192.0.2.1:2").status == 200)
        let refused = await ask("192.0.2.1:3")
        #expect(refused.status == 429)
        #expect(refused.fields["retry-after"] == "1")
        #expect(await ask("192.0.2.2:1").status == 200)
        let live = await host.respond(
            to: HTTPRequest(method: "GET", path: "/healthz/live", remoteAddress: "192.0.2.1:4"))
        #expect(live.status == 200)
    }
}
