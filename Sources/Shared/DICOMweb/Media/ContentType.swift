import Foundation
import HTTP

/// A media type with its parameters (RFC 9110 §8.3.1); in `Accept` the type or its second half may be a star.
package struct ContentType: Equatable, Sendable {
    /// `application/dicom`, in lower case.
    package let essence: String
    /// By name in lower case.
    package let parameters: [String: String]

    package init(_ essence: String, parameters: [String: String] = [:]) {
        self.essence = essence
        self.parameters = parameters
    }

    /// Reads the value of `Content-Type`, or one member of `Accept`; nil where it is none.
    package init?(parsing text: some StringProtocol) {
        var pieces = QuotedText.split(String(text), at: ";")[...]
        guard let first = pieces.popFirst()?.trimmingHTTPWhitespace.lowercasedASCII else { return nil }
        let halves = first.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, halves.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(QuotedText.isTokenByte) })
        else { return nil }
        var parameters: [String: String] = [:]
        for piece in pieces {
            let pair = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { continue }
            let name = pair[0].trimmingHTTPWhitespace.lowercasedASCII
            if parameters[name] == nil { parameters[name] = QuotedText.unquoted(pair[1].trimmingHTTPWhitespace) }
        }
        self.init(first, parameters: parameters)
    }

    /// The value of a field.
    package var text: String {
        parameters.sorted { $0.key < $1.key }.reduce(essence) { "\($0); \($1.key)=\(QuotedText.quoted($1.value))" }
    }

    package var isMultipart: Bool { essence == "multipart/related" }

    /// Of a `multipart/related`: the type of its parts.
    package var partEssence: String? { parameters["type"]?.lowercasedASCII }

    /// Whether this member of `Accept` covers `essence`.
    package func covers(_ other: String) -> Bool {
        if essence == "*/*" || essence == other { return true }
        guard essence.hasSuffix("/*") else { return false }
        return other.hasPrefix(essence.dropLast())
    }

    package static let dicom = ContentType("application/dicom")
    package static let dicomJSON = ContentType("application/dicom+json")
    package static let json = ContentType("application/json")
    package static let octetStream = ContentType("application/octet-stream")
    package static let jpeg = ContentType("image/jpeg")
    package static let png = ContentType("image/png")
}

/// Quoted strings and tokens of fields (RFC 9110 §5.6).
enum QuotedText {
    /// The pieces between separators that stand outside of quotes.
    static func split(_ text: String, at separator: Character) -> [Substring] {
        var pieces: [Substring] = []
        var start = text.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in text.indices {
            let character = text[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted && character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if character == separator && !isQuoted {
                pieces.append(text[start..<index])
                start = text.index(after: index)
            }
        }
        return pieces + [text[start...]]
    }

    static func unquoted(_ text: String) -> String {
        guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        var result = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                result.append(character)
                isEscaped = false
            }
        }
        return result
    }

    static func quoted(_ text: String) -> String {
        if !text.isEmpty, text.utf8.allSatisfy(isTokenByte) { return text }
        let escaped = text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
        return "\"\(escaped)\""
    }

    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
