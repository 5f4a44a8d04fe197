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
        let halves = first.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard halves.count == 2, halves.allSatisfy({ !$0.isEmpty && $0.allSatisfy(QuotedText.isTokenByte) })
        else { return nil }
        var parameters: [String: String] = [:]
        for piece in pieces {
            guard let equals = piece.utf8.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = piece[..<equals].trimmingHTTPWhitespace.lowercasedASCII
            let value = piece[piece.utf8.index(after: equals)...].trimmingHTTPWhitespace
            if parameters[name] == nil { parameters[name] = QuotedText.unquoted(value) }
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
    ///
    /// - Parameter separator: an ASCII character.
    static func split(_ text: String, at separator: Unicode.Scalar) -> [Substring] {
        var pieces: [Substring] = []
        var start = text.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in text.utf8.indices {
            let byte = text.utf8[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted && byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: separator) && !isQuoted {
                pieces.append(text[start..<index])
                start = text.utf8.index(after: index)
            }
        }
        return pieces + [text[start...]]
    }

    static func unquoted(_ text: String) -> String {
        let quote = UInt8(ascii: "\"")
        guard text.utf8.count >= 2, text.utf8.first == quote, text.utf8.last == quote else { return text }
        guard text.utf8.contains(UInt8(ascii: "\\")) else { return String(text.utf8.dropFirst().dropLast()) ?? text }
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
