import Foundation

/// Writes a message as one JSON object; fields that have their default are left out.
struct JSONWriter: FieldVisitor {
    private let output: JSONOutput
    private let schema: MessageSchema
    private let names: FieldNames
    private var isFirst = true

    static func write<M: Message>(_ message: M, to output: JSONOutput) throws(WireError) {
        output.open("{")
        var writer = JSONWriter(output: output, schema: MessageSchema.of(M.self), names: FieldNames.of(M.self))
        var message = message
        try message.visitFields(&writer)
        output.close("}", isEmpty: writer.isFirst)
    }

    private init(output: JSONOutput, schema: MessageSchema, names: FieldNames) {
        self.output = output
        self.schema = schema
        self.names = names
    }

    mutating func field<S: Scalar>(_ number: Int, _ value: inout S) throws(WireError) {
        guard !value.scalarValue.isDefault else { return }
        key(number)
        output.append(value.scalarValue, schema.field(number))
    }

    mutating func field<S: Scalar>(_ number: Int, _ values: inout [S]) throws(WireError) {
        guard !values.isEmpty else { return }
        key(number)
        output.open("[")
        for (index, value) in values.enumerated() {
            output.separate(isFirst: index == 0)
            output.append(value.scalarValue, schema.field(number))
        }
        output.close("]", isEmpty: false)
    }

    mutating func field<M: Message>(_ number: Int, _ value: inout M?) throws(WireError) {
        guard let value else { return }
        key(number)
        try Self.write(value, to: output)
    }

    mutating func field<M: Message>(_ number: Int, _ values: inout [M]) throws(WireError) {
        guard !values.isEmpty else { return }
        key(number)
        output.open("[")
        for index in values.indices {
            output.separate(isFirst: index == 0)
            try Self.write(values[index], to: output)
        }
        output.close("]", isEmpty: false)
    }

    private mutating func key(_ number: Int) {
        output.separate(isFirst: isFirst)
        isFirst = false
        output.append(quoted: names.keys[number] ?? "")
        output.append(output.isPretty ? ": " : ":")
    }
}

/// JSON text that grows.
final class JSONOutput {
    private(set) var bytes: [UInt8] = []
    let isPretty: Bool
    private var level = 0

    init(pretty: Bool) {
        isPretty = pretty
    }

    func open(_ bracket: String) {
        append(bracket)
        level += 1
    }

    func close(_ bracket: String, isEmpty: Bool) {
        level -= 1
        if !isEmpty { newLine() }
        append(bracket)
    }

    /// Puts what comes between two members or elements, or before the first.
    func separate(isFirst: Bool) {
        if !isFirst { append(",") }
        newLine()
    }

    private func newLine() {
        guard isPretty else { return }
        append("\n" + String(repeating: "  ", count: level))
    }

    func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    func append(quoted text: String) {
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

    func append(_ value: ScalarValue, _ field: FieldSchema) {
        switch value {
        case .int32(let value): append(String(value))
        case .int64(let value): append("\"\(value)\"")
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

extension ScalarValue {
    /// True for what proto3 leaves out: zero (not -0), false, empty.
    var isDefault: Bool {
        switch self {
        case .int32(let value), .enumeration(let value): value == 0
        case .int64(let value): value == 0
        case .float(let value): value.bitPattern == 0
        case .double(let value): value.bitPattern == 0
        case .bool(let value): !value
        case .string(let value): value.isEmpty
        case .bytes(let value): value.isEmpty
        }
    }
}
