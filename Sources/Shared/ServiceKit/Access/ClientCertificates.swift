package import Cryptography
package import HTTP

/// Which client certificates are whose. They have been verified against the authorities before.
package struct ClientCertificates: Sendable {
    /// What a certificate is known by.
    private enum Mark: Hashable {
        /// The distinguished name as RFC 2253 writes it.
        case subject(String)
        case dns(String)
        case uri(String)
        case email(String)
        /// SHA-256 of the certificate.
        case fingerprint(String)

        /// nil where the text is none of `SUBJECT:…`, `DNS:…`, `URI:…`, `EMAIL:…`, `SHA256:…`.
        init?(_ text: String) {
            let parts = text.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            let value = String(parts[1])
            switch parts[0] {
            case "SUBJECT": self = .subject(value)
            case "DNS": self = .dns(value.lowercased())
            case "URI": self = .uri(value)
            case "EMAIL": self = .email(value)
            case "SHA256": self = .fingerprint(value.replacing(":", with: "").lowercased())
            default: return nil
            }
        }

        static func marks(of certificate: PeerCertificate) -> [Mark] {
            [.fingerprint(certificate.fingerprint), .subject(certificate.subject)]
                + certificate.dnsNames.map { .dns($0.lowercased()) } + certificate.uris.map { .uri($0) }
                + certificate.emailAddresses.map { .email($0) }
        }
    }

    private let callers: [Mark: Caller]

    /// Reads the lines of a file: name, roles separated by commas, and a mark: `DNS:console-3.example`,
    /// `SUBJECT:CN=console-3,O=Radiology`.
    ///
    /// - Throws: `CredentialFileError`.
    package init(_ text: String) throws(CredentialFileError) {
        var callers: [Mark: Caller] = [:]
        for line in CredentialLine.lines(of: text) {
            let (caller, rest) = try line.caller()
            guard let mark = Mark(rest) else {
                throw .malformedLine(line.number, "SUBJECT:, DNS:, URI:, EMAIL: or SHA256: is required")
            }
            guard callers.updateValue(caller, forKey: mark) == nil else {
                throw .malformedLine(line.number, "the same certificate stands in a line before")
            }
        }
        self.callers = callers
    }

    /// The certificate's owner; nil where no line names it. The closest mark counts: fingerprint, then subject, then
    /// alternative names in their order.
    package func caller(with certificate: PeerCertificate) -> Caller? {
        Mark.marks(of: certificate).lazy.compactMap { callers[$0] }.first
    }
}
