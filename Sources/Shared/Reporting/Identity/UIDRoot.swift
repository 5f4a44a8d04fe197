import Cryptography

/// The root under which result objects are named. The same names make the same UID, so that an object made or sent
/// again is the same object.
package struct UIDRoot: Sendable, Hashable {
    /// For example `2.25` (PS3.5 §B.2) or a site's own.
    package let root: String

    /// The root for UUIDs, which needs no registration.
    package static let uuid = UIDRoot(unchecked: "2.25")

    private init(unchecked root: String) {
        self.root = root
    }

    /// A site's root: at most 24 characters, so that 39 digits fit behind it (PS3.5 §9.1).
    package init?(_ root: String) {
        let parts = root.split(separator: ".", omittingEmptySubsequences: false)
        let isValid =
            parts.count >= 2 && root.utf8.count <= 24 && ["0", "1", "2"].contains(parts[0])
            && parts.allSatisfy { part in
                !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
                    && (part == "0" || part.first != "0")
            }
        guard isValid else { return nil }
        self.root = root
    }

    /// The UID of what `names` say: a UUID of version 8 (RFC 9562 §5.8) made of their SHA-256.
    ///
    /// - Throws: `ReportingError.hashing`.
    package func uid(_ names: String...) throws(ReportingError) -> String {
        var bits: UInt128 = 0
        for digit in try Self.digest(names).prefix(32) { bits = bits << 4 | UInt128(digit.hexDigitValue ?? 0) }
        bits = bits & ~(0xF << 76) | (8 << 76)
        bits = bits & ~(0x3 << 62) | (2 << 62)
        return "\(root).\(bits)"
    }

    /// 64 hexadecimal digits that stand for `names`. Each name is preceded by its length, so that no two lists agree.
    static func digest(_ names: [String]) throws(ReportingError) -> String {
        let joined = names.map { "\($0.utf8.count):\($0)" }.joined()
        let digest = Array(joined.utf8).withUnsafeBytes { SHA256.hexadecimal($0) }
        guard let digest else { throw .hashing }
        return digest
    }
}
