import Cryptography
import Foundation
import HTTP
import Testing

@Suite(
    .enabled(if: ForeignProgram.curl.isPresent, "curl is not here"),
    .enabled(if: ForeignProgram.openssl.isPresent, "openssl is not here"))
struct TLSTests {
    private func curl(_ certificates: TestCertificates, _ arguments: [String]) async throws -> ForeignProgram.Output {
        try await ForeignProgram.curl.run(
            ["-s", "--max-time", "60", "--cacert", certificates.path("authority.pem")] + arguments)
    }

    /// What `openssl s_client` says of a connection, which it ends at once.
    private func opensslClient(_ port: Int, _ arguments: [String] = []) async throws -> ForeignProgram.Output {
        try await ForeignProgram.openssl.run(["s_client", "-connect", "127.0.0.1:\(port)"] + arguments)
    }

    @Test(arguments: [("--http2", "http2"), ("--http1.1", "http11"), ("--no-alpn", "http11")])
    func `ALPN picks the version on the one port`(option: String, version: String) async throws {
        let certificates = try await TestCertificates()
        try await withServer(tls: try TLSContext(certificates.files())) { port in
            let output = try await curl(certificates, [option, "https://localhost:\(port)/a?b=c"])
            #expect(output.text == "GET /a b=c \(version)")
        }
    }

    @Test(arguments: ["--http2", "--http1.1"])
    func `a large body goes in whole and comes back the same`(version: String) async throws {
        let certificates = try await TestCertificates()
        var random = SeededGenerator(state: 2)
        let bytes = Data((0..<(9 << 20) / 8).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } })
        let file = try TemporaryFile(bytes)
        let answer = try TemporaryFile(Data())
        try await withServer(tls: try TLSContext(certificates.files())) { port async throws in
            let url = "https://localhost:\(port)"
            let upload = [version, "--data-binary", "@\(file.path)"]
            #expect(try await curl(certificates, upload + ["\(url)/collect"]).text == "\(bytes.count)")
            let output = try await curl(certificates, upload + ["-o", answer.path, "\(url)/echo"])
            #expect(output.status == 0)
            #expect(try Data(contentsOf: URL(filePath: answer.path)) == bytes)
        }
    }

    @Test func `TLS 1.1 and weak ciphers are refused, TLS 1.2 and 1.3 are spoken`() async throws {
        let certificates = try await TestCertificates()
        try await withServer(tls: try TLSContext(certificates.files())) { port async throws in
            #expect(try await opensslClient(port, ["-tls1_1", "-cipher", "ALL@SECLEVEL=0"]).status != 0)
            #expect(try await opensslClient(port, ["-tls1_2", "-cipher", "AES128-SHA256"]).status != 0)
            #expect(try await opensslClient(port, ["-tls1_2"]).text.contains("TLSv1.2"))
            #expect(try await opensslClient(port, ["-tls1_3"]).text.contains("TLSv1.3"))
            #expect(try await opensslClient(port, ["-alpn", "spdy/1"]).status != 0)
        }
    }

    @Test func `a session is resumed by its ticket`() async throws {
        let certificates = try await TestCertificates()
        try await withServer(tls: try TLSContext(certificates.files())) { port async throws in
            let session = certificates.path("session")
            #expect(try await opensslClient(port, ["-tls1_2", "-sess_out", session]).text.contains("New, TLSv1.2"))
            #expect(try await opensslClient(port, ["-tls1_2", "-sess_in", session]).text.contains("Reused, TLSv1.2"))
        }
    }

    /// Answers with who the peer is.
    private static let whoAmI: HTTPHandler = { request in
        guard let peer = request.session?.peerCertificate else { return .text(200, "nobody") }
        return .text(200, "\(peer.subject) \(peer.dnsNames) \(peer.uris) \(peer.fingerprint.count)")
    }

    private static let known =
        #"CN=console-3,O=Radiology ["console-3.example"] ["spiffe://site/console/3"] 64"#

    @Test func `a handler sees who the client is, and without a certificate nobody is served`() async throws {
        let certificates = try await TestCertificates()
        let tls = try TLSContext(certificates.files(clients: .required))
        try await withServer(tls: tls, handler: Self.whoAmI) { port async throws in
            let url = "https://localhost:\(port)/"
            for version in ["--http2", "--http1.1"] {
                #expect(
                    try await curl(certificates, certificates.identity("client") + [version, url]).text == Self.known)
                #expect(try await curl(certificates, [version, url]).status != 0)
                #expect(try await curl(certificates, certificates.identity("foreign") + [version, url]).status != 0)
            }
        }
    }

    @Test func `an optional certificate is looked at where there is one`() async throws {
        let certificates = try await TestCertificates()
        let tls = try TLSContext(certificates.files(clients: .optional))
        try await withServer(tls: tls, handler: Self.whoAmI) { port async throws in
            let url = "https://localhost:\(port)/"
            #expect(try await curl(certificates, [url]).text == "nobody")
            #expect(try await curl(certificates, certificates.identity("client") + [url]).text == Self.known)
            #expect(try await curl(certificates, certificates.identity("foreign") + [url]).status != 0)
        }
    }

    @Test func `a key of another certificate is refused by name`() async throws {
        let certificates = try await TestCertificates()
        var files = certificates.files()
        files.key = certificates.path("client.key")
        #expect(throws: TLSError.keyDoesNotMatch(path: files.key)) { try TLSContext(files) }
        files.key = certificates.path("server.pem")
        #expect(throws: TLSError.unusableKey(path: files.key)) { try TLSContext(files) }
        files = certificates.files(clients: .required)
        files.clientAuthorities = certificates.path("server.key")
        #expect(throws: TLSError.unusableClientAuthorities(path: certificates.path("server.key"))) {
            try TLSContext(files)
        }
    }

    @Test func `a handshake that does not end loses its connection`() async throws {
        let certificates = try await TestCertificates()
        var limits = HTTPLimits()
        limits.handshakeTimeout = .milliseconds(50)
        try await withServer(limits: limits, tls: try TLSContext(certificates.files())) { port in
            let text = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send([0x16, 0x03, 0x01, 0x02])
                return try connection.readToEnd()
            }
            #expect(text == "")
        }
    }

    @Test func `who speaks HTTP in clear text to a TLS port is told so`() async throws {
        let certificates = try await TestCertificates()
        try await withServer(tls: try TLSContext(certificates.files())) { port in
            let text = try await onThread {
                let connection = try RawConnection(port: port)
                connection.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return try connection.readToEnd()
            }
            #expect(text.hasPrefix("HTTP/1.1 400 ") && text.hasSuffix("This port speaks HTTPS.\n"))
        }
    }

    @Test func `a new certificate is shown to new connections while open ones go on`() async throws {
        let certificates = try await TestCertificates()
        try await certificates.make("renewed", "/CN=renewed", "DNS:localhost")
        let server = HTTPServer(
            host: "127.0.0.1", port: 0, tls: try TLSContext(certificates.files()), handler: TestHandler.answer)
        let port = try await server.start()
        #expect(try await opensslClient(port).text.contains("subject=CN = localhost"))
        // A connection that is open over the change: its upload is slow enough to last.
        let upload = Task {
            let file = try TemporaryFile(Data(count: 200 << 10))
            let arguments = [
                "--limit-rate", "100k", "--data-binary", "@\(file.path)", "https://localhost:\(port)/collect",
            ]
            return try await curl(certificates, arguments)
        }
        server.use(try TLSContext(certificates.files("renewed")))
        #expect(try await opensslClient(port).text.contains("subject=CN = renewed"))
        #expect(try await upload.value.text == "\(200 << 10)")
        await server.drain(within: .seconds(5))
    }
}
