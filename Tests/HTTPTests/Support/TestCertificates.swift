import Cryptography
import Foundation
import Testing

/// An authority, a server's and a client's certificate in a folder of their own, made by the `openssl` program.
final class TestCertificates: Sendable {
    let folder: String

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "hilum-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await makeAuthority("authority")
        try await makeAuthority("stranger")
        try await make("server", "/CN=localhost", "DNS:localhost,IP:127.0.0.1")
        try await make("client", "/O=Radiology/CN=console-3", "DNS:console-3.example,URI:spiffe://site/console/3")
        try await make("foreign", "/CN=foreign", "DNS:foreign", authority: "stranger")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// The server's files; with `clients` it asks for certificates.
    func files(_ name: String = "server", clients: TLSFiles.ClientCertificates? = nil) -> TLSFiles {
        TLSFiles(
            certificate: path("\(name).pem"), key: path("\(name).key"),
            clientAuthorities: clients == nil ? nil : path("authority.pem"), clientCertificates: clients ?? .required)
    }

    /// curl's options to show a client's certificate.
    func identity(_ name: String) -> [String] { ["--cert", path("\(name).pem"), "--key", path("\(name).key")] }

    /// Makes another certificate under the authority.
    func make(_ name: String, _ subject: String, _ names: String, authority: String = "authority") async throws {
        try await openssl(
            ["req", "-x509", "-CA", path("\(authority).pem"), "-CAkey", path("\(authority).key")]
                + Self.newKey + ["-keyout", path("\(name).key"), "-out", path("\(name).pem"), "-subj", subject]
                + ["-addext", "subjectAltName=\(names)", "-addext", "basicConstraints=CA:FALSE"])
    }

    private static let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]

    private func makeAuthority(_ name: String) async throws {
        try await openssl(
            ["req", "-x509"] + Self.newKey
                + ["-keyout", path("\(name).key"), "-out", path("\(name).pem"), "-subj", "/CN=\(name)"])
    }

    private func openssl(_ arguments: [String]) async throws {
        let output = try await ForeignProgram.openssl.run(arguments)
        #expect(output.status == 0, "openssl \(arguments)")
    }
}
