import Foundation
import HTTP
import Testing

@Suite(.enabled(if: ForeignProgram.curl.isPresent, "curl is not here"))
struct CurlTests {
    private static let versions = ["--http1.1", "--http2-prior-knowledge", "--http1.0"]

    private func curl(_ arguments: [String]) async throws -> String {
        let output = try await ForeignProgram.curl.run(["-sS", "--max-time", "60"] + arguments)
        #expect(output.status == 0, "curl \(arguments)")
        return output.text
    }

    @Test(arguments: versions)
    func `a request is answered over every version`(version: String) async throws {
        try await withServer { port in
            let text = try await curl([version, "http://127.0.0.1:\(port)/a?b=c"])
            #expect(text.hasPrefix("GET /a b=c http"))
        }
    }

    @Test(
        arguments: versions.prefix(2),
        [["-H", "Expect: 100-continue"], ["-H", "Expect:"], ["-H", "Transfer-Encoding: chunked"]])
    func `a large body goes in whole and comes back the same`(version: String, option: [String]) async throws {
        // Chunks are a matter of HTTP/1.1 alone.
        let option = version == "--http1.1" || option != ["-H", "Transfer-Encoding: chunked"] ? option : []
        var random = SeededGenerator(state: 1)
        let bytes = Data((0..<(5 << 20) / 8).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } })
        let file = try TemporaryFile(bytes)
        let answer = try TemporaryFile(Data())
        try await withServer { port in
            let url = "http://127.0.0.1:\(port)"
            let count = try await curl([version] + option + ["--data-binary", "@\(file.path)", "\(url)/collect"])
            #expect(count == "\(bytes.count)")
            _ = try await curl(
                [version] + option + ["--data-binary", "@\(file.path)", "-o", answer.path, "\(url)/echo"])
            #expect(try Data(contentsOf: URL(filePath: answer.path)) == bytes)
        }
    }

    @Test(arguments: versions.prefix(2))
    func `HEAD, an empty answer and trailers end as they should`(version: String) async throws {
        let handler: HTTPHandler = { request in
            switch request.path {
            case "/none": HTTPResponse(status: 204)
            case "/trailers":
                HTTPResponse(
                    status: 200, body: .pulled { Self.countdown(3) }, trailers: .afterBody { ["x-sum": "6"] })
            default: .text(200, "hello")
            }
        }
        try await withServer(handler: handler) { port in
            let url = "http://127.0.0.1:\(port)"
            #expect(try await curl([version, "-I", url]).contains("content-length: 5"))
            #expect(try await curl([version, "-w", "%{http_code}", "\(url)/none"]) == "204")
            let text = try await curl([version, "-D", "-", "\(url)/trailers"])
            #expect(text.contains("321"))
            #expect(text.contains("x-sum: 6"))
        }
    }

    private static func countdown(_ from: Int) -> HTTPBody.Next {
        var left = from
        return {
            guard left > 0 else { return nil }
            defer { left -= 1 }
            return Data("\(left)".utf8)
        }
    }

    @Test(arguments: versions.prefix(2))
    func `an answer before the end of the body reaches the peer`(version: String) async throws {
        let file = try TemporaryFile(Data(count: 8 << 20))
        try await withServer(handler: { _ in .text(429, "full") }) { port in
            let output = try await ForeignProgram.curl.run([
                "-s", "--max-time", "60", version, "-w", "%{http_code}", "--data-binary", "@\(file.path)",
                "http://127.0.0.1:\(port)/",
            ])
            #expect(output.text == "full\(429)")
        }
    }

    @Test func `a head that is too large is refused over HTTP/2 and the connection goes on`() async throws {
        try await withServer { port in
            let url = "http://127.0.0.1:\(port)/"
            let big = "X: \(String(repeating: "x", count: 60_000))"
            let text = try await curl([
                "--http2-prior-knowledge", "-w", "%{http_code} %{num_connects};", "-o", "/dev/null", "-H", big, url,
            ])
            #expect(text == "431 1;")
        }
    }
}

@Suite(.enabled(if: ForeignProgram.h2load.isPresent, "h2load is not here"))
struct H2loadTests {
    @Test(arguments: [[], ["--h1"]])
    func `a burst over many connections loses nothing`(option: [String]) async throws {
        try await withServer { port in
            let output = try await ForeignProgram.h2load.run(
                option + ["-n", "4000", "-c", "20", "-m", option.isEmpty ? "20" : "1", "http://127.0.0.1:\(port)/"])
            #expect(output.status == 0)
            #expect(output.text.contains("4000 succeeded, 0 failed, 0 errored, 0 timeout"))
        }
    }
}
