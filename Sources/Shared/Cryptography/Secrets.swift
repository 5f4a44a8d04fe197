import COpenSSL

/// HMAC-SHA-256 (RFC 2104, FIPS 198-1).
package enum HMACSHA256 {
    /// The 32 bytes of the code; nil when OpenSSL has no memory left.
    package static func code(of message: [UInt8], key: [UInt8]) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: 32)
        return ossl_hmac_sha256(key, key.count, message, message.count, &digest) == 1 ? digest : nil
    }
}

/// Bytes nobody can guess.
package enum RandomBytes {
    /// nil where the system gives no entropy.
    package static func make(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return ossl_random(&bytes, count) == 1 ? bytes : nil
    }
}

/// Comparison that takes the same time whatever the bytes are, so that nobody learns a secret from it.
package enum ConstantTime {
    /// Whether both are equal; the time depends on their lengths alone.
    package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && ossl_equal(left, right, left.count) == 1
    }
}
