import COpenSSL

/// What is wrong with the files that TLS is made of.
package enum TLSError: Error, Equatable, Sendable {
    /// The file cannot be read, or holds no certificate in PEM.
    case unusableCertificate(path: String)
    /// The file cannot be read, or holds no private key in PEM without a password.
    case unusableKey(path: String)
    /// The private key is not that of the certificate.
    case keyDoesNotMatch(path: String)
    /// The file cannot be read, or holds no authority's certificate in PEM.
    case unusableClientAuthorities(path: String)
    /// The file cannot be read, or holds no authority's certificate in PEM.
    case unusableServerAuthorities(path: String)
    case outOfMemory
}

/// Where a server's TLS comes from.
package struct TLSFiles: Equatable, Sendable {
    /// Whether clients have to show a certificate.
    package enum ClientCertificates: String, CaseIterable, Sendable {
        case optional
        case required
    }

    /// PEM: the server's certificate, then those of the authorities between it and the root.
    package var certificate: String
    /// PEM: its private key, without a password.
    package var key: String
    /// PEM: the authorities of client certificates; nil asks for none.
    package var clientAuthorities: String?
    package var clientCertificates: ClientCertificates

    package init(
        certificate: String, key: String, clientAuthorities: String? = nil,
        clientCertificates: ClientCertificates = .required
    ) {
        self.certificate = certificate
        self.key = key
        self.clientAuthorities = clientAuthorities
        self.clientCertificates = clientCertificates
    }
}

/// Certificates, key and rules by which a server accepts TLS connections: TLS 1.2 and 1.3, ALPN `h2` and `http/1.1`.
package final class TLSContext: @unchecked Sendable {  // OpenSSL counts references; nothing changes after `init`
    let handle: OpaquePointer

    /// Reads and checks the files.
    package init(_ files: TLSFiles) throws(TLSError) {
        guard let handle = ossl_tls_context_create() else { throw .outOfMemory }
        self.handle = handle
        guard ossl_tls_context_use_certificate(handle, files.certificate) == 1 else {
            throw .unusableCertificate(path: files.certificate)
        }
        guard ossl_tls_context_use_key(handle, files.key) == 1 else { throw .unusableKey(path: files.key) }
        guard ossl_tls_context_key_matches(handle) == 1 else { throw .keyDoesNotMatch(path: files.key) }
        guard let authorities = files.clientAuthorities else { return }
        let clients = files.clientCertificates == .required ? OSSL_TLS_REQUIRED_CLIENTS : OSSL_TLS_OPTIONAL_CLIENTS
        guard ossl_tls_context_use_client_authorities(handle, authorities, clients) == 1 else {
            throw .unusableClientAuthorities(path: authorities)
        }
    }

    deinit { ossl_tls_context_free(handle) }
}
