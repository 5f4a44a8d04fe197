import Foundation

/// JSON written in the order it is given.
package struct JSONText: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    package mutating func raw(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// A string in quotes, control characters escaped (RFC 8259 §7).
    package mutating func string(_ text: String) {
        bytes.append(0x22)
        defer { bytes.append(0x22) }
        guard text.utf8.contains(where: Self.isEscaped) else { return raw(text) }
        for byte in text.utf8 {
            switch byte {
            case 0x22: raw("\\\"")
            case 0x5C: raw("\\\\")
            case 0x0A: raw("\\n")
            case 0x0D: raw("\\r")
            case 0x09: raw("\\t")
            case 0..<0x20, 0x7F:
                raw("\\u00")
                bytes.append(Self.digits[Int(byte >> 4)])
                bytes.append(Self.digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
    }

    private static func isEscaped(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F }

    /// A list, with commas between what `element` writes.
    package mutating func list<Elements: Collection>(
        _ elements: Elements, _ element: (inout JSONText, Elements.Element) throws -> Void
    ) rethrows {
        raw("[")
        var isFirst = true
        for next in elements {
            if !isFirst { raw(",") }
            isFirst = false
            try element(&self, next)
        }
        raw("]")
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
