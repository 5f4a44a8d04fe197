import Cryptography
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
        guard let digits = bytes.withUnsafeBytes({ SHA256.hexadecimal($0) }) else { throw .hashing }
        hexadecimal = digits
    }

    /// Ends a computation.
    ///
    /// - Throws: `StorageError.hashing`.
    init(finishing computation: inout SHA256.Computation) throws(StorageError) {
        guard let digest = computation.finish() else { throw .hashing }
        hexadecimal = hexadecimalText(of: digest)
    }
}
