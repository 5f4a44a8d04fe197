import COpenSSL

/// What the two sides of a TLS connection agreed on.
package final class TLSSession: Sendable {
    /// `TLSv1.2` or `TLSv1.3`.
    package let version: String
    /// The cipher suite by its IANA name.
    package let cipher: String
    /// What ALPN picked; nil where the peer offered nothing.
    package let applicationProtocol: String?
    /// The peer's certificate, verified against the client authorities; nil where it showed none.
    package let peerCertificate: PeerCertificate?

    package init(
        version: String, cipher: String, applicationProtocol: String? = nil, peerCertificate: PeerCertificate? = nil
    ) {
        self.version = version
        self.cipher = cipher
        self.applicationProtocol = applicationProtocol
        self.peerCertificate = peerCertificate
    }
}

/// Who a client is by its certificate.
package struct PeerCertificate: Equatable, Sendable {
    /// The distinguished name in the form of RFC 2253: `CN=console-3,O=Radiology`.
    package let subject: String
    /// Subject alternative names (RFC 5280 §4.2.1.6).
    package let dnsNames: [String]
    package let uris: [String]
    package let emailAddresses: [String]
    /// SHA-256 of the certificate, 64 lower-case hexadecimal digits.
    package let fingerprint: String
    /// Seconds since 1970-01-01 UTC after which it is good no more; nil where it does not say.
    package let notAfter: Int64?

    package init(
        subject: String, dnsNames: [String] = [], uris: [String] = [], emailAddresses: [String] = [],
        fingerprint: String, notAfter: Int64? = nil
    ) {
        self.subject = subject
        self.dnsNames = dnsNames
        self.uris = uris
        self.emailAddresses = emailAddresses
        self.fingerprint = fingerprint
        self.notAfter = notAfter
    }
}

extension PeerCertificate {
    /// Names past this count, and names longer than `maxNameBytes`, are left out.
    private static let maxNames = 64
    private static let maxNameBytes = 1024

    /// nil when the subject is longer than 4 KiB or OpenSSL fails.
    init?(_ handle: OpaquePointer) {
        var digest = [UInt8](repeating: 0, count: 32)
        guard let subject = Self.text(capacity: 4096, { ossl_certificate_subject(handle, $0, $1) }),
            ossl_certificate_fingerprint(handle, &digest) == 1
        else { return nil }
        var dnsNames: [String] = []
        var uris: [String] = []
        var emailAddresses: [String] = []
        for index in 0..<min(Int(ossl_certificate_name_count(handle)), Self.maxNames) {
            var kind = OSSL_NAME_OTHER
            let name = Self.text(capacity: Self.maxNameBytes) {
                ossl_certificate_name(handle, Int32(index), &kind, $0, $1)
            }
            guard let name else { continue }
            switch kind {
            case OSSL_NAME_DNS: dnsNames.append(name)
            case OSSL_NAME_URI: uris.append(name)
            case OSSL_NAME_EMAIL: emailAddresses.append(name)
            default: break
            }
        }
        self.init(
            subject: subject, dnsNames: dnsNames, uris: uris, emailAddresses: emailAddresses,
            fingerprint: hexadecimalText(of: digest),
            notAfter: Optional(ossl_certificate_not_after(handle)).flatMap { $0 < 0 ? nil : $0 })
    }

    private static func text(capacity: Int, _ write: (UnsafeMutablePointer<CChar>, Int) -> Int32) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
            guard let address = buffer.baseAddress else { return nil }
            let count = write(address, capacity)
            guard count >= 0 else { return nil }
            let bytes = UnsafeRawBufferPointer(start: address, count: Int(count))
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
