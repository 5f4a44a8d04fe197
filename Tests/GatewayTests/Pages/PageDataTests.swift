import Foundation
import Gateway
import HTTP
import ServiceKit
import Testing

/// What stands below `/ui/api/`.
@Suite(.bothStores) struct PageDataTests {
    private let fixture: GatewayFixture
    private let pages: Pages

    init() throws {
        fixture = try GatewayFixture()
        pages = Pages(PageOptions(), data: try fixture.pageData, log: Logger(service: "test", sink: { _ in }))
    }

    private func send(_ method: String, _ target: String, _ body: String = "") async throws -> (Int, Any) {
        let parts = target.split(separator: "?").map(String.init)
        let request = HTTPRequest(
            method: method, path: "/ui/api/\(parts[0])", query: parts.count > 1 ? parts[1] : nil,
            body: .data(Data(body.utf8)))
        let response = try #require(await pages.respond(to: request))
        #expect(response.fields["cache-control"] == "no-store")
        return (
            response.status, try JSONSerialization.jsonObject(with: try await response.body.collect(limit: 1 << 20))
        )
    }

    @Test func `heat maps are made of a stored instance by the classifier`() async throws {
        fixture.classifier.behave(.answers(flagged: ["scoliosis"]))
        try await fixture.submit(try SampleInstance.radiograph("1.1"))
        let (status, json) = try await send("POST", "heatmaps", #"{"studyInstanceUid":"1.2","sopInstanceUid":"1.1"}"#)
        #expect(status == 200)
        let maps = (json as? [String: [String: String]])?["heatmaps"]
        #expect(maps == ["scoliosis": Data("map of scoliosis".utf8).base64EncodedString()])
    }

    @Test func `an instance of another study has no heat maps`() async throws {
        try await fixture.submit(try SampleInstance.radiograph("1.1"))
        let (status, json) = try await send("POST", "heatmaps", #"{"studyInstanceUid":"1.3","sopInstanceUid":"1.1"}"#)
        #expect(status == 404)
        #expect((json as? [String: Any])?["code"] as? String == "not_found")
    }

    @Test(arguments: ["", "{", "[]", #"{"studyInstanceUid":1}"#])
    func `a body that is not the JSON asked for is refused`(body: String) async throws {
        #expect(try await send("POST", "heatmaps", body).0 == 400)
    }

    @Test func `a long body is refused`() async throws {
        #expect(try await send("POST", "heatmaps", String(repeating: " ", count: 5000)).0 >= 400)
    }

    @Test(arguments: ["statistics?days=0", "statistics?days=x", "statistics?zone=900", "statistics?days=99999"])
    func `a wrong period is refused`(target: String) async throws {
        #expect(try await send("GET", target).0 == 400)
    }

    @Test func `statistics come as JSON`() async throws {
        try await fixture.submit(try SampleInstance.radiograph("1.1"))
        let (status, json) = try await send("GET", "statistics?days=7&zone=-60")
        #expect(status == 200)
        let modalities = try #require((json as? [String: Any])?["modalities"] as? [[String: Any]])
        #expect(modalities.map { $0["count"] as? Int } == [1])
    }

    @Test func `machines come as JSON, the gateway first`() async throws {
        let (status, json) = try await send("GET", "machines")
        #expect(status == 200)
        let services = try #require(json as? [[String: Any]]).map { $0["service"] as? String }
        #expect(services == ["gateway", "classifier", "planning"])
    }

    @Test func `events are one line of JSON each, with a token to go on after`() async throws {
        func start(_ token: String?) async throws -> HTTPBody {
            var request = HTTPRequest(method: "GET", path: "/ui/api/events")
            request.fields["last-event-id"] = token
            let response = try #require(await pages.respond(to: request))
            #expect(response.status == 200)
            #expect(response.fields["content-type"] == "text/event-stream; charset=utf-8")
            return response.body
        }
        var events = try await start(nil).makeAsyncIterator()
        #expect(try await events.next() == Data("retry: 1000\n\n".utf8))
        try await fixture.submit(try SampleInstance.radiograph("1.1"))
        let text = String(decoding: try #require(try await events.next()), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 4)
        #expect(lines[0].hasPrefix("id: "))
        #expect(lines[1].hasPrefix(#"data: {"study":{"studyInstanceUid":"1.2""#))

        // Whoever comes back with the token gets what came since, and nothing twice.
        try await fixture.submit(try SampleInstance.radiograph("2.1", study: "2.2"))
        var more = try await start(String(lines[0].dropFirst(4))).makeAsyncIterator()
        _ = try await more.next()
        let next = String(decoding: try #require(try await more.next()), as: UTF8.self)
        #expect(next.contains(#""studyInstanceUid":"2.2""#))
    }

    @Test func `a token of another ledger is refused`() async throws {
        var request = HTTPRequest(method: "GET", path: "/ui/api/events")
        request.fields["last-event-id"] = "nonsense"
        #expect(await pages.respond(to: request)?.status == 400)
    }

    @Test func `nothing else is there`() async {
        #expect(await pages.respond(to: HTTPRequest(method: "GET", path: "/ui/api/heatmaps")) == nil)
        #expect(await pages.respond(to: HTTPRequest(method: "GET", path: "/ui/api/")) == nil)
    }
}
