import Foundation
package import HTTP

/// What is wrong with a file of tokens, keys or certificates.
package enum CredentialFileError: Error, Equatable, Sendable {
    /// Lines are counted from 1.
    case malformedLine(Int, String)
    /// The file is neither PEM nor a set of JSON Web Keys, or holds no key that can be used.
    case noKey
    /// A key is too short or of a kind that is not supported.
    case unusableKey(String)
}

/// One line of a file that gives callers their roles: a name, roles separated by commas, and what they are known by.
struct CredentialLine {
    let number: Int
    private let text: Substring

    /// The lines that are neither empty nor comments.
    static func lines(of text: String) -> [CredentialLine] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            let words = line.trimmingPrefix(while: \.isWhitespace)
            return words.isEmpty || words.hasPrefix("#") ? nil : CredentialLine(number: index + 1, text: words)
        }
    }

    /// The caller, and the rest of the line.
    func caller() throws(CredentialFileError) -> (Caller, rest: String) {
        let words = text.split(maxSplits: 2, whereSeparator: \.isWhitespace)
        guard words.count == 3 else { throw .malformedLine(number, "a name, roles and a third word are required") }
        guard let name = Caller.checked(name: String(words[0])) else {
            throw .malformedLine(number, "the name is too long")
        }
        guard let roles = Caller.Role.list(words[1]) else {
            throw .malformedLine(number, "a role is none of sender, console, reader, operator")
        }
        return (Caller(name: name, roles: roles), words[2].trimmingCharacters(in: .whitespaces))
    }
}

extension Caller {
    private static let maxNameBytes = 256

    /// The name where it may stand in a log: not empty, not too long, without control characters; else nil.
    package static func checked(name: String) -> String? {
        let isFit = !name.isEmpty && name.utf8.count <= maxNameBytes
        return isFit && !name.unicodeScalars.contains { $0.properties.generalCategory == .control } ? name : nil
    }
}

extension Caller.Role {
    /// The roles in a list with commas; nil where one is none, or there is none.
    package static func list(_ text: some StringProtocol) -> Set<Caller.Role>? {
        var roles: Set<Caller.Role> = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let role = Caller.Role(rawValue: String(word)) else { return nil }
            roles.insert(role)
        }
        return roles.isEmpty ? nil : roles
    }
}
