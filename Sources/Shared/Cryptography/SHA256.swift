import COpenSSL

/// SHA-256 of bytes in memory (FIPS 180-4).
package enum SHA256 {
    /// The digest as 64 lower-case hexadecimal digits; nil when OpenSSL has no memory left.
    package static func hexadecimal(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard let hash = ossl_sha256_create() else { return nil }
        defer { ossl_sha256_free(hash) }
        var digest = [UInt8](repeating: 0, count: 32)
        guard ossl_sha256_update(hash, bytes.baseAddress, bytes.count) == 1,
            ossl_sha256_final(hash, &digest) == 1
        else { return nil }
        return hexadecimalText(of: digest)
    }
}

/// Bytes as lower-case hexadecimal digits.
func hexadecimalText(of bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
