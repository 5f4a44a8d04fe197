import Cryptography
import Foundation
import Testing

@Suite struct TLSContextTests {
    private func file(_ text: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "hilum-\(UUID().uuidString)").path()
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test func `a file that is missing or is no certificate is named`() throws {
        #expect(throws: TLSError.unusableCertificate(path: "/none")) {
            try TLSContext(TLSFiles(certificate: "/none", key: "/none"))
        }
        let text = try file("no certificate")
        defer { try? FileManager.default.removeItem(atPath: text) }
        #expect(throws: TLSError.unusableCertificate(path: text)) {
            try TLSContext(TLSFiles(certificate: text, key: text))
        }
    }
}
