import COpenSSL

/// A public key that verifies signatures: RSA, elliptic curve P-256, or Ed25519.
package final class PublicKey: @unchecked Sendable {  // OpenSSL counts references; nothing changes after `init`
    /// What a key is of, and so which signature it verifies.
    package enum Kind: Sendable {
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        case rsa
        /// ECDSA on P-256 with SHA-256; a signature is r and s, 32 bytes each.
        case p256
        case ed25519
    }

    package let kind: Kind
    /// Length of the key in bits.
    package let bits: Int
    private let handle: OpaquePointer

    /// nil where there is no key, or one of another kind.
    private init?(_ handle: OpaquePointer?) {
        guard let handle else { return nil }
        self.handle = handle
        bits = Int(ossl_public_key_bits(handle))
        switch ossl_public_key_kind(handle) {
        case OSSL_KEY_RSA: kind = .rsa
        case OSSL_KEY_P256: kind = .p256
        case OSSL_KEY_ED25519: kind = .ed25519
        default: return nil
        }
    }

    deinit { ossl_public_key_free(handle) }

    /// Reads a PEM file's text: one public key, or the certificate that holds it. nil where there is none.
    package convenience init?(pem: [UInt8]) {
        self.init(
            pem.withUnsafeBytes { bytes in bytes.baseAddress.flatMap { ossl_public_key_from_pem($0, bytes.count) } })
    }

    /// An RSA key of its modulus and exponent, big-endian.
    package convenience init?(rsaModulus modulus: [UInt8], exponent: [UInt8]) {
        self.init(ossl_public_key_from_rsa(modulus, modulus.count, exponent, exponent.count))
    }

    /// A key on P-256 of its coordinates; nil where they are not 32 bytes each, or no point of the curve.
    package convenience init?(p256X x: [UInt8], y: [UInt8]) {
        guard x.count == 32, y.count == 32 else { return nil }
        self.init(ossl_public_key_from_p256(x, y))
    }

    /// A key on Ed25519 of its 32 bytes.
    package convenience init?(ed25519 bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.init(ossl_public_key_from_ed25519(bytes))
    }

    /// Whether `signature` is this key's of `message`.
    package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        ossl_verify(handle, message, message.count, signature, signature.count) == 1
    }
}
