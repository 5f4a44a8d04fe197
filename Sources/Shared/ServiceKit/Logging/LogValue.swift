/// A value in a log line's metadata.
package enum LogValue: Equatable, Sendable {
    /// Text that is safe to keep: a code, a route, a type's name. Never a value from a data set.
    case string(String)
    /// A whole number.
    case int(Int)
    /// A decimal number.
    case double(Double)
    /// Yes or no.
    case bool(Bool)

    /// Hides an identifying value: the line says that there was one.
    package static func phi<Value>(_ value: PHI<Value>) -> LogValue {
        .string(value.description)
    }

    /// A duration in milliseconds, for keys that end in `_ms`.
    package static func milliseconds(_ duration: Duration) -> LogValue {
        .double((duration / .microseconds(1)).rounded() / 1000)
    }
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .int(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
}

extension LogValue {
    /// The value as JSON.
    var json: String {
        switch self {
        case .string(let text): Self.quoted(text)
        case .int(let number): String(number)
        case .double(let number): number.isFinite ? String(number) : Self.quoted(String(number))
        case .bool(let flag): String(flag)
        }
    }

    /// A JSON string literal (RFC 8259 §7), control characters escaped so that a line stays one line.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}", "\u{2028}", "\u{2029}":
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
