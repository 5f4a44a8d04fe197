import Foundation

/// JSON text that grows.
package final class JSONOutput {
    package private(set) var bytes: [UInt8] = []
    let isPretty: Bool
    private var level = 0

    package init(pretty: Bool) {
        isPretty = pretty
    }

    package func open(_ bracket: String) {
        append(bracket)
        level += 1
    }

    package func close(_ bracket: String, isEmpty: Bool) {
        level -= 1
        if !isEmpty { newLine() }
        append(bracket)
    }

    /// Puts what comes between two members or elements, or before the first.
    package func separate(isFirst: Bool) {
        if !isFirst { append(",") }
        newLine()
    }

    private func newLine() {
        guard isPretty else { return }
        append("\n" + String(repeating: "  ", count: level))
    }

    package func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    package func append(quoted text: String) {
        append("\"")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case 0..<0x20: append("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
            default: bytes.append(byte)
            }
        }
        append("\"")
    }

    /// The name of a member and its colon.
    package func append(key: String) {
        append(quoted: key)
        append(isPretty ? ": " : ":")
    }

    func append(_ value: ScalarValue, _ field: FieldSchema) {
        switch value {
        case .int32(let value): append(String(value))
        case .int64(let value): append("\"\(value)\"")
        case .uint32(let value): append(String(value))
        case .uint64(let value): append("\"\(value)\"")
        // Python refuses the shortest text of the greatest float, 3.4028235e+38, as too large: rounded up, it is.
        case .float(let value) where value.magnitude == .greatestFiniteMagnitude: append(Double(value))
        case .float(let value): append(value)
        case .double(let value): append(value)
        case .bool(let value): append(value ? "true" : "false")
        case .string(let value): append(quoted: value)
        case .bytes(let value):
            append("\"")
            bytes.append(contentsOf: value.base64EncodedData())
            append("\"")
        case .enumeration(let value):
            if let name = field.enumName(value) { append(quoted: name) } else { append(String(value)) }
        }
    }

    /// The shortest text that reads back as the same number.
    private func append<F: BinaryFloatingPoint & CustomStringConvertible>(_ value: F) {
        if value.isFinite {
            append(value.description)
        } else {
            append(value.isNaN ? "\"NaN\"" : value < 0 ? "\"-Infinity\"" : "\"Infinity\"")
        }
    }
}
