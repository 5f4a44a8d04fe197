package import Cryptography

extension ServerOptions {
    /// The files that TLS is made of; nil: clear text.
    private var tlsFiles: TLSFiles? {
        guard let certificate = tlsCertificate, let key = tlsKey else { return nil }
        return TLSFiles(
            certificate: certificate, key: key, clientAuthorities: tlsClientCA,
            clientCertificates: tlsClientCertificates)
    }

    /// Checks that the keys of TLS go together.
    func checkTLS() throws(ConfigurationError) {
        if let tlsCertificate, tlsKey == nil {
            throw .contradiction(key: "tls-certificate", value: tlsCertificate, reason: "tls-key is missing")
        }
        if let tlsKey, tlsCertificate == nil {
            throw .contradiction(key: "tls-key", value: tlsKey, reason: "tls-certificate is missing")
        }
        if let tlsClientCA, tlsCertificate == nil {
            throw .contradiction(key: "tls-client-ca", value: tlsClientCA, reason: "tls-certificate is missing")
        }
    }

    /// Reads the files; nil: clear text.
    ///
    /// - Throws: `ConfigurationError.contradiction`, naming the key of the file that cannot be used.
    package func loadTLS() throws(ConfigurationError) -> TLSContext? {
        guard let tlsFiles else { return nil }
        do {
            return try TLSContext(tlsFiles)
        } catch {
            throw ConfigurationError(error)
        }
    }
}

extension ConfigurationError {
    fileprivate init(_ error: TLSError) {
        switch error {
        case .unusableCertificate(let path):
            self = .contradiction(
                key: "tls-certificate", value: path, reason: "it cannot be read or holds no certificate in PEM")
        case .unusableKey(let path):
            self = .contradiction(
                key: "tls-key", value: path,
                reason: "it cannot be read or holds no private key in PEM without a password")
        case .keyDoesNotMatch(let path):
            self = .contradiction(key: "tls-key", value: path, reason: "it is not the key of tls-certificate")
        case .unusableClientAuthorities(let path), .unusableServerAuthorities(let path):
            self = .contradiction(
                key: "tls-client-ca", value: path, reason: "it cannot be read or holds no certificate in PEM")
        case .outOfMemory:
            self = .contradiction(key: "tls-certificate", value: "", reason: "there is no memory left")
        }
    }
}
