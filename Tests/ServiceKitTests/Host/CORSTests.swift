import Foundation
import HTTP
import RPC
import ServiceKit
import Testing

@Suite struct CORSTests {
    private struct Nothing: Service {
        func register(in router: inout RPCRouter) {}
    }

    private func respond(
        _ request: HTTPRequest, origins: [String]
    ) async -> HTTPResponse {
        var options = ServerOptions(port: 0)
        options.corsOrigins = origins
        let context = ServiceContext(logger: Logger(service: "sample", sink: { _ in }))
        return await ServiceHost(service: Nothing(), options: options, context: context).respond(to: request)
    }

    private func preflight(_ origin: String, asking names: String? = nil) -> HTTPRequest {
        var fields: HTTPFields = ["origin": origin, "access-control-request-method": "POST"]
        fields["access-control-request-headers"] = names
        return HTTPRequest(method: "OPTIONS", path: "/a.B/C", fields: fields)
    }

    @Test(arguments: [
        ("https://a.example", ["https://a.example"], "https://a.example"),
        ("https://a.example", ["*"], "*"),
        ("https://A.example", ["https://a.EXAMPLE"], "https://A.example"),
    ])
    func `a page of a configured origin may call`(origin: String, origins: [String], allowed: String) async {
        let answer = await respond(preflight(origin, asking: "content-type"), origins: origins)
        #expect(answer.status == 204)
        #expect(answer.fields["access-control-allow-origin"] == allowed)
        #expect(answer.fields["access-control-allow-headers"] == "content-type")
        #expect(answer.fields.tokens(for: "vary").contains("origin"))
    }

    @Test func `a page of another origin is refused, also where the name only begins alike`() async {
        for origin in ["https://a.example.evil", "http://a.example", "https://a.example:444", "null"] {
            let answer = await respond(preflight(origin), origins: ["https://a.example"])
            #expect(answer.status == 403)
            #expect(answer.fields["access-control-allow-origin"] == nil)
        }
    }

    @Test func `names that are none are not given back`() async {
        let answer = await respond(preflight("https://a.example", asking: "x-a, b c, d:e, é"), origins: ["*"])
        #expect(answer.fields["access-control-allow-headers"] == "x-a")
    }

    @Test func `OPTIONS without a page's question is an ordinary request`() async {
        let plain = await respond(HTTPRequest(method: "OPTIONS", path: "/healthz/live"), origins: ["*"])
        #expect(plain.status == 405)
        let star = await respond(HTTPRequest(method: "OPTIONS", path: "*"), origins: [])
        #expect(star.status == 204 && star.fields["allow"] == "GET, HEAD, POST, OPTIONS")
    }
}
