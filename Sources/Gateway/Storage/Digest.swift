import COpenSSL
package import Foundation

/// The SHA-256 of some bytes, the address of a blob.
package struct Digest: Sendable, Hashable {
    /// 64 lower-case hexadecimal digits.
    package let hexadecimal: String

    /// Takes a digest written before; nil unless it is 64 lower-case hexadecimal digits.
    package init?(hexadecimal: String) {
        guard hexadecimal.utf8.count == 64,
            hexadecimal.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        self.hexadecimal = hexadecimal
    }

    /// Computes the digest of `bytes`.
    ///
    /// - Throws: `StorageError.hashing` when OpenSSL has no memory left.
    package init(of bytes: Data) throws(StorageError) {
        guard let hash = ossl_sha256_create() else { throw .hashing }
        defer { ossl_sha256_free(hash) }
        var digest = [UInt8](repeating: 0, count: 32)
        let updated = bytes.withUnsafeBytes { ossl_sha256_update(hash, $0.baseAddress, $0.count) }
        guard updated == 1, ossl_sha256_final(hash, &digest) == 1 else { throw .hashing }
        let digits = Array("0123456789abcdef".utf8)
        hexadecimal = String(
            decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
