import Cryptography
import Foundation

/// A key that tokens are signed with. It has one algorithm, whatever a token says of itself.
struct SigningKey: Sendable {
    enum Material: Sendable {
        case publicKey(PublicKey)
        /// Shared with the issuer.
        case secret([UInt8])
    }

    /// As tokens name it (`kid`); nil: it has no name.
    let id: String?
    let material: Material

    /// The algorithm's name in a token's header (RFC 7518 §3.1, RFC 8037 §3.1).
    var algorithm: String {
        switch material {
        case .publicKey(let key):
            switch key.kind {
            case .rsa: "RS256"
            case .p256: "ES256"
            case .ed25519: "EdDSA"
            }
        case .secret: "HS256"
        }
    }

    func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        switch material {
        case .publicKey(let key): key.verifies(signature, of: message)
        case .secret(let secret):
            HMACSHA256.code(of: message, key: secret).map { ConstantTime.areEqual($0, signature) } ?? false
        }
    }
}

/// The keys of the tokens' issuer: one in PEM (a public key or a certificate), or a set of JSON Web Keys (RFC 7517).
struct SigningKeys: Sendable {
    /// RFC 7518 §3.3.
    private static let leastRSABits = 2048
    /// RFC 7518 §3.2: as long as the hash.
    private static let leastSecretBytes = 32
    private static let most = 64

    private let keys: [SigningKey]

    /// Keys of a set that are for encryption or of a kind we do not know are left out; short ones are refused.
    ///
    /// - Throws: `CredentialFileError.noKey`, `.unusableKey`.
    init(_ bytes: [UInt8]) throws(CredentialFileError) {
        let found: [SigningKey]
        if let key = PublicKey(pem: bytes) {
            found = [SigningKey(id: nil, material: .publicKey(key))]
        } else if let set = try? JSONDecoder().decode(WebKeySet.self, from: Data(bytes)) {
            found = set.keys.prefix(Self.most).compactMap(\.signingKey)
        } else {
            throw .noKey
        }
        guard !found.isEmpty else { throw .noKey }
        for key in found { try Self.check(key) }
        keys = found
    }

    private static func check(_ key: SigningKey) throws(CredentialFileError) {
        switch key.material {
        case .publicKey(let key) where key.kind == .rsa && key.bits < leastRSABits:
            throw .unusableKey("an RSA key is shorter than \(leastRSABits) bits")
        case .secret(let secret) where secret.count < leastSecretBytes:
            throw .unusableKey("a shared secret is shorter than \(leastSecretBytes) bytes")
        default: break
        }
    }

    /// The keys that may have signed a token with this header: of the same name where it gives one.
    func candidates(id: String?) -> [SigningKey] {
        guard let id else { return keys }
        return keys.filter { $0.id == nil || $0.id == id }
    }
}

/// `{"keys": […]}`
private struct WebKeySet: Decodable {
    let keys: [WebKey]
}

/// A JSON Web Key in the forms that verify signatures (RFC 7518 §6, RFC 8037 §2).
private struct WebKey: Decodable {
    let kty: String
    let kid: String?
    let use: String?
    let alg: String?
    let crv: String?
    let n: String?
    let e: String?
    let x: String?
    let y: String?
    let k: String?

    /// nil where it is for something else, or broken.
    var signingKey: SigningKey? {
        guard use == nil || use == "sig", let material else { return nil }
        let key = SigningKey(id: kid, material: material)
        return alg == nil || alg == key.algorithm ? key : nil
    }

    private var material: SigningKey.Material? {
        switch (kty, crv) {
        case ("RSA", _):
            guard let n = bytes(n), let e = bytes(e) else { return nil }
            return PublicKey(rsaModulus: n, exponent: e).map { .publicKey($0) }
        case ("EC", "P-256"):
            guard let x = bytes(x), let y = bytes(y) else { return nil }
            return PublicKey(p256X: x, y: y).map { .publicKey($0) }
        case ("OKP", "Ed25519"):
            return bytes(x).flatMap { PublicKey(ed25519: $0) }.map { .publicKey($0) }
        case ("oct", _): return bytes(k).map { .secret($0) }
        default: return nil
        }
    }

    private func bytes(_ text: String?) -> [UInt8]? { text.flatMap { Base64URL.decode($0) } }
}
