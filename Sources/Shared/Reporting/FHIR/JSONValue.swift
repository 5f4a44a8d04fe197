package import Foundation

/// A JSON value whose members keep their order, so that the same report is the same bytes.
package enum JSONValue: Sendable, ExpressibleByStringLiteral, ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral
{
    case text(String)
    case number(Double)
    case integer(Int)
    case flag(Bool)
    case list([JSONValue])
    case object([(String, JSONValue)])

    package init(stringLiteral value: String) { self = .text(value) }
    package init(dictionaryLiteral members: (String, JSONValue)...) { self = .object(members) }
    package init(arrayLiteral values: JSONValue...) { self = .list(values) }

    /// RFC 8259, in UTF-8, without white space.
    package func data() -> Data {
        var text = ""
        write(to: &text)
        return Data(text.utf8)
    }

    private func write(to text: inout String) {
        switch self {
        case .text(let value): Self.write(value, to: &text)
        case .number(let value): text += value.isFinite ? "\(Float(value))" : "null"
        case .integer(let value): text += "\(value)"
        case .flag(let value): text += value ? "true" : "false"
        case .list(let values):
            text += "["
            for (index, value) in values.enumerated() {
                if index > 0 { text += "," }
                value.write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, (name, value)) in members.enumerated() {
                if index > 0 { text += "," }
                Self.write(name, to: &text)
                text += ":"
                value.write(to: &text)
            }
            text += "}"
        }
    }

    private static func write(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20: text += String(format: "\\u%04x", scalar.value)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
