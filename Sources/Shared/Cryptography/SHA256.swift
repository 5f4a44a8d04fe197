import COpenSSL

/// SHA-256 of bytes in memory (FIPS 180-4).
package enum SHA256 {
    /// The digest as 64 lower-case hexadecimal digits; nil when OpenSSL has no memory left.
    package static func hexadecimal(_ bytes: UnsafeRawBufferPointer) -> String? {
        digest(bytes).map(hexadecimalText)
    }

    /// The digest of `bytes` as 64 lower-case hexadecimal digits; nil when OpenSSL has no memory left.
    package static func hexadecimal(_ bytes: [UInt8]) -> String? {
        bytes.withUnsafeBytes(hexadecimal)
    }

    /// The 32 bytes of the digest; nil when OpenSSL has no memory left.
    package static func digest(_ bytes: [UInt8]) -> [UInt8]? {
        bytes.withUnsafeBytes(digest)
    }

    private static func digest(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        var computation = Computation()
        computation?.update(bytes)
        return computation?.finish()
    }

    /// A digest of bytes that come one after the other.
    package struct Computation: ~Copyable {
        private let hash: OpaquePointer
        private var isWhole = true

        /// Nil when OpenSSL has no memory left.
        package init?() {
            guard let hash = ossl_sha256_create() else { return nil }
            self.hash = hash
        }

        deinit { ossl_sha256_free(hash) }

        package mutating func update(_ bytes: UnsafeRawBufferPointer) {
            if ossl_sha256_update(hash, bytes.baseAddress, bytes.count) != 1 { isWhole = false }
        }

        /// The 32 bytes of the digest; nil where OpenSSL failed. To be called once, after the last bytes.
        package mutating func finish() -> [UInt8]? {
            var digest = [UInt8](repeating: 0, count: 32)
            guard isWhole, ossl_sha256_final(hash, &digest) == 1 else { return nil }
            return digest
        }
    }
}

/// Bytes as lower-case hexadecimal digits.
package func hexadecimalText(of bytes: [UInt8]) -> String {
    let digit = { (value: UInt8) in value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10 }
    return String(unsafeUninitializedCapacity: bytes.count * 2) { text in
        for (index, byte) in bytes.enumerated() {
            text[index * 2] = digit(byte >> 4)
            text[index * 2 + 1] = digit(byte & 15)
        }
        return bytes.count * 2
    }
}
