import COpenSSL

/// Whom a client trusts and what it shows: TLS 1.2 and 1.3.
package final class TLSClientContext: @unchecked Sendable {  // OpenSSL counts references; nothing changes after `init`
    let handle: OpaquePointer

    /// Reads and checks the files.
    ///
    /// - Parameters:
    ///   - authorities: PEM file of the authorities that servers are checked against; nil: those of the system.
    ///   - certificate: PEM file of the certificate shown to servers that ask for one, and its chain.
    ///   - key: PEM file of its private key; nil: it is in the certificate's file.
    package init(authorities: String?, certificate: String? = nil, key: String? = nil) throws(TLSError) {
        guard let handle = ossl_tls_client_context_create(authorities) else {
            throw .unusableServerAuthorities(path: authorities ?? "")
        }
        self.handle = handle
        guard let certificate else { return }
        guard ossl_tls_context_use_certificate(handle, certificate) == 1 else {
            throw .unusableCertificate(path: certificate)
        }
        let key = key ?? certificate
        guard ossl_tls_context_use_key(handle, key) == 1 else { throw .unusableKey(path: key) }
        guard ossl_tls_context_key_matches(handle) == 1 else { throw .keyDoesNotMatch(path: key) }
    }

    deinit { ossl_tls_context_free(handle) }
}
