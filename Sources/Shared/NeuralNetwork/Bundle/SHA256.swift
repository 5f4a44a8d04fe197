import COpenSSL

/// SHA-256 of bytes in memory, as lower-case hexadecimal digits.
enum SHA256 {
    /// Nil when OpenSSL fails.
    static func hexadecimal(_ bytes: UnsafeRawBufferPointer) -> String? {
        guard let hash = ossl_sha256_create() else { return nil }
        defer { ossl_sha256_free(hash) }
        var digest = [UInt8](repeating: 0, count: 32)
        guard ossl_sha256_update(hash, bytes.baseAddress, bytes.count) == 1,
            ossl_sha256_final(hash, &digest) == 1
        else { return nil }
        return digest.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
