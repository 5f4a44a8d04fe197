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

    mutating func field<S: Scalar>(_ number: Int, _ value: inout S?) throws(WireError) {
        guard let value else { return }
        key(number)
        output.append(value.scalarValue, schema.field(number))
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

    mutating func field<M: Message>(_ number: Int, _ values: inout [String: M]) throws(WireError) {
        guard !values.isEmpty else { return }
        key(number)
        output.open("{")
        for (index, entry) in MapEntry.sorted(values).enumerated() {
            output.separate(isFirst: index == 0)
            output.append(key: entry.key)
            try Self.write(entry.value, to: output)
        }
        output.close("}", isEmpty: false)
    }

    private mutating func key(_ number: Int) {
        output.separate(isFirst: isFirst)
        isFirst = false
        output.append(key: names.keys[number] ?? "")
    }
}

extension ScalarValue {
    /// True for what proto3 leaves out: zero (not -0), false, empty.
    var isDefault: Bool {
        switch self {
        case .int32(let value), .enumeration(let value): value == 0
        case .int64(let value): value == 0
        case .uint32(let value): value == 0
        case .uint64(let value): value == 0
        case .float(let value): value.bitPattern == 0
        case .double(let value): value.bitPattern == 0
        case .bool(let value): !value
        case .string(let value): value.isEmpty
        case .bytes(let value): value.isEmpty
        }
    }
}
