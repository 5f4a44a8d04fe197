import Foundation
import Gateway
import HTTP
import ServiceKit
import Testing

@Suite struct PagesTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        for (path, text) in [
            ("web/index.html", "<!doctype html>" + String(repeating: "<p>again</p>", count: 50)),
            ("web/js/a.js", "export {}"), ("web/notes.txt", "not ours"),
            ("lib/chart.js/chart.mjs", "export const c = 1"),
        ] {
            let file = URL(filePath: directory.path).appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        try FileManager.default.createSymbolicLink(
            atPath: directory.path + "/web/passwd.js", withDestinationPath: "/dev/zero")
    }

    private func pages(_ folder: String = "web") throws -> Pages {
        var options = PageOptions()
        options.folder = "\(directory.path)/\(folder)"
        options.libraries = directory.path + "/lib"
        return Pages(
            options, data: try GatewayFixture(directory).pageData, log: Logger(service: "test", sink: { _ in }))
    }

    private func get(_ path: String, _ fields: HTTPFields = [:], method: String = "GET") async throws -> HTTPResponse? {
        try await pages().respond(to: HTTPRequest(method: method, path: path, fields: fields))
    }

    @Test func `the address alone leads to the worklist`() async throws {
        let response = try await get("/")
        #expect(response?.status == 303)
        #expect(response?.fields["location"] == "/ui/")
    }

    @Test func `a page forbids inline code, foreign code and frames`() async throws {
        let response = try #require(try await get("/ui/"))
        #expect(response.status == 200)
        #expect(response.fields["content-type"] == "text/html; charset=utf-8")
        let policy = try #require(response.fields["content-security-policy"])
        for rule in ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"] {
            #expect(policy.contains(rule))
        }
        #expect(!policy.contains("unsafe"))
        #expect(response.fields["x-content-type-options"] == "nosniff")
        #expect(response.fields["strict-transport-security"] == nil)
    }

    @Test func `a file the browser has is not sent again`() async throws {
        let first = try #require(try await get("/ui/js/a.js"))
        let tag = try #require(first.fields["etag"])
        #expect(try await first.body.collect(limit: 100) == Data("export {}".utf8))
        for known in [tag, "\"other\", W/\(tag)", "*"] {
            let again = try #require(try await get("/ui/js/a.js", ["if-none-match": known]))
            #expect(again.status == 304)
            #expect(try await again.body.collect(limit: 100).isEmpty)
        }
        #expect(try await get("/ui/js/a.js", ["if-none-match": "\"other\""])?.status == 200)
    }

    @Test func `what is worth it goes out as gzip, with a tag of its own`() async throws {
        let plain = try #require(try await get("/ui/"))
        let gzipped = try #require(try await get("/ui/", ["accept-encoding": "br, gzip;q=0.5"]))
        #expect(gzipped.fields["content-encoding"] == "gzip")
        #expect(gzipped.fields["etag"] != plain.fields["etag"])
        let bytes = try await gzipped.body.collect(limit: 10_000)
        #expect(try Gzip.inflate(bytes, limit: 10_000) == (try await plain.body.collect(limit: 10_000)))
        #expect(try await get("/ui/", ["accept-encoding": "gzip;q=0"])?.fields["content-encoding"] == nil)
        #expect(try await get("/ui/js/a.js", ["accept-encoding": "gzip"])?.fields["content-encoding"] == nil)
    }

    @Test func `libraries are served from where their package puts them`() async throws {
        let response = try #require(try await get("/ui/lib/chart.js/chart.mjs"))
        #expect(response.fields["content-type"] == "text/javascript; charset=utf-8")
    }

    @Test(arguments: [
        "/ui/notes.txt", "/ui/passwd.js", "/ui/../web/index.html", "/ui/js", "/ui/%2e%2e/x.js", "/ui//index.html",
        "/uix", "/other",
    ])
    func `nothing else is there`(path: String) async throws {
        #expect(try await get(path) == nil)
    }

    @Test func `only reading is allowed`() async throws {
        #expect(try await get("/ui/", method: "HEAD")?.status == 200)
        #expect(try await get("/ui/", method: "POST")?.status == 405)
    }

    @Test func `pages that are not installed say so`() async throws {
        #expect(try await pages("none").respond(to: HTTPRequest(method: "GET", path: "/ui/"))?.status == 404)
    }

    @Test func `a folder without pages is a wrong configuration`() {
        var configuration = GatewayConfiguration()
        configuration.pages.folder = directory.path
        #expect(throws: ConfigurationError.self) { try configuration.checkConsistency() }
    }

    @Test func `pages are found beside an installed program and around a build`() throws {
        #expect(PageFiles.defaultFolder()?.hasSuffix("/web") == true)
        let share = URL(filePath: directory.path).appending(path: "usr/share/hilum/web")
        try FileManager.default.createDirectory(at: share, withIntermediateDirectories: true)
        try Data().write(to: share.appending(path: "index.html"))
        #expect(PageFiles.defaultFolder(program: directory.path + "/usr/bin/gateway") == share.path)
    }
}
