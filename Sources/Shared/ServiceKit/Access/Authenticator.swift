import Cryptography
package import Foundation
package import HTTP

/// Finds out who sends a request: by its bearer token (RFC 6750 §2.1), else by its client certificate.
package struct Authenticator: Sendable {
    private let staticTokens: StaticTokens?
    private let webTokens: WebTokens?
    private let certificates: ClientCertificates?

    package init(
        staticTokens: StaticTokens? = nil, webTokens: WebTokens? = nil, certificates: ClientCertificates? = nil
    ) {
        self.staticTokens = staticTokens
        self.webTokens = webTokens
        self.certificates = certificates
    }

    /// The caller. A token that is not valid is not made good by a certificate.
    ///
    /// - Throws: `AccessError.credentialsMissing`, `.credentialsInvalid`.
    package func caller(of request: HTTPRequest, at now: Date = Date()) throws(AccessError) -> Caller {
        let credentials = request.fields.values(for: "authorization")
        if let first = credentials.first {
            guard credentials.count == 1, let token = Self.bearerToken(first) else {
                throw .credentialsInvalid(.malformed)
            }
            return try caller(with: token, at: now)
        }
        guard let certificate = request.session?.peerCertificate, let certificates else { throw .credentialsMissing }
        guard let caller = certificates.caller(with: certificate) else { throw .credentialsInvalid(.unknown) }
        return caller
    }

    private func caller(with token: String, at now: Date) throws(AccessError) -> Caller {
        if let webTokens, !token.hasPrefix(StaticTokens.prefix) {
            do throws(CredentialFault) {
                return try webTokens.caller(with: token, at: now)
            } catch {
                throw .credentialsInvalid(error)
            }
        }
        guard let caller = staticTokens?.caller(with: token) else { throw .credentialsInvalid(.unknown) }
        return caller
    }

    private static func bearerToken(_ field: String) -> String? {
        let words = field.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
        return String(words[1])
    }
}

extension AccessOptions {
    /// Reads the files; nil where access is not controlled.
    ///
    /// - Throws: `ConfigurationError.contradiction`, naming the key of the file that cannot be used.
    package func load() throws(ConfigurationError) -> Authenticator? {
        guard isOn else { return nil }
        return Authenticator(
            staticTokens: try Self.load("access-tokens", tokenFile) { bytes throws(CredentialFileError) in
                try StaticTokens(String(decoding: bytes, as: UTF8.self))
            },
            webTokens: try Self.load("access-jwt-keys", keyFile) { bytes throws(CredentialFileError) in
                try WebTokens(keys: bytes, issuer: issuer, audience: audience, rolesClaim: rolesClaim)
            },
            certificates: try Self.load("access-certificates", certificateFile) { bytes throws(CredentialFileError) in
                try ClientCertificates(String(decoding: bytes, as: UTF8.self))
            })
    }

    private static func load<Value>(
        _ key: String, _ path: String?, _ read: ([UInt8]) throws(CredentialFileError) -> Value
    ) throws(ConfigurationError) -> Value? {
        guard let path else { return nil }
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw .contradiction(key: key, value: path, reason: "the file cannot be read")
        }
        do throws(CredentialFileError) {
            return try read([UInt8](bytes))
        } catch {
            throw .contradiction(key: key, value: path, reason: error.text)
        }
    }
}

extension CredentialFileError {
    /// For people.
    fileprivate var text: String {
        switch self {
        case .malformedLine(let number, let reason): "line \(number): \(reason)"
        case .noKey: "it holds no key that tokens can be verified with"
        case .unusableKey(let reason): reason
        }
    }
}
