import Cryptography
package import HTTP

/// Tokens without an end, known by their hashes. A token is 32 random bytes, so one round of SHA-256 is enough: nothing
/// can be tried out, and a check costs a microsecond.
package struct StaticTokens: Sendable {
    /// By which a token is told from a JSON Web Token, and found where it was left lying about.
    package static let prefix = "hilum_"
    private static let randomBytes = 32

    private let entries: [(digest: [UInt8], caller: Caller)]

    /// Reads the lines of a file: name, roles separated by commas, SHA-256 in hexadecimal digits; `#` begins a comment.
    ///
    /// - Throws: `CredentialFileError`.
    package init(_ text: String) throws(CredentialFileError) {
        var entries: [(digest: [UInt8], caller: Caller)] = []
        for line in CredentialLine.lines(of: text) {
            let (caller, rest) = try line.caller()
            guard let digest = Self.bytes(ofHexadecimal: rest), digest.count == 32 else {
                throw .malformedLine(line.number, "the third word is no SHA-256")
            }
            entries.append((digest, caller))
        }
        self.entries = entries
    }

    /// The caller with this token; nil where there is none. Compares with every entry in constant time.
    package func caller(with token: String) -> Caller? {
        guard let digest = SHA256.digest(Array(token.utf8)) else { return nil }
        var found: Caller?
        for entry in entries where ConstantTime.areEqual(entry.digest, digest) { found = entry.caller }
        return found
    }

    /// A new token with its line for the file; nil where the system gives no random bytes.
    package static func make(for caller: Caller) -> (token: String, line: String)? {
        guard let random = RandomBytes.make(randomBytes) else { return nil }
        let token = prefix + Base64URL.encode(random)
        guard let digest = SHA256.hexadecimal(Array(token.utf8)) else { return nil }
        return (token, "\(caller.name) \(caller.roles.sorted().map(\.rawValue).joined(separator: ",")) \(digest)")
    }

    private static func bytes(ofHexadecimal text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
