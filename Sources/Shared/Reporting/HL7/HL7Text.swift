import Foundation

/// How the text of a message is written: the values of HL7 table 0211 that we write.
package enum HL7CharacterSet: String, Sendable, Hashable, CaseIterable {
    case unicode = "UNICODE UTF-8"
    case latin1 = "8859/1"
    case ascii = "ASCII"

    /// The bytes of `text`; what the set lacks becomes `?`.
    func encode(_ text: String) -> Data {
        switch self {
        case .unicode: Data(text.utf8)
        case .latin1: Data(text.unicodeScalars.map { $0.value < 0x100 ? UInt8($0.value) : 0x3F })
        case .ascii: Data(text.unicodeScalars.map { $0.value < 0x80 ? UInt8($0.value) : 0x3F })
        }
    }
}

/// A field's content with the delimiters `|^~\&` (HL7 v2.5.1 §2.7): text is escaped, components are not.
struct HL7Field {
    let encoded: String

    /// One component of text.
    init(_ text: String) {
        encoded = Self.escaped(text)
    }

    /// Components; empty ones at the end are left out.
    init(components: [String]) {
        var components = components
        while components.last?.isEmpty == true { components.removeLast() }
        encoded = components.map(Self.escaped).joined(separator: "^")
    }

    /// Repetitions of a field.
    init(repetitions: [HL7Field]) {
        encoded = repetitions.map(\.encoded).joined(separator: "~")
    }

    /// Content whose delimiters are meant as such.
    init(unescaped encoded: String) {
        self.encoded = encoded
    }

    static let empty = HL7Field("")

    /// §2.7.1 and §2.7.3: delimiters by name, control characters in hexadecimal.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\E\\"
            case "|": escaped += "\\F\\"
            case "^": escaped += "\\S\\"
            case "&": escaped += "\\T\\"
            case "~": escaped += "\\R\\"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                escaped += String(format: "\\X%02X\\", scalar.value)
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

/// One segment: name and fields from 1.
struct HL7Segment {
    let name: String
    private(set) var fields: [HL7Field] = []

    init(_ name: String, _ fields: [Int: HL7Field]) {
        self.name = name
        for number in 1...max(1, fields.keys.max() ?? 1) { self.fields.append(fields[number] ?? .empty) }
    }

    var encoded: String { ([name] + fields.map(\.encoded)).joined(separator: "|") }
}
