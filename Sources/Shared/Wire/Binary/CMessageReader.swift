import Foundation

/// Fills a Swift message from the struct that protobuf-c unpacked.
struct CMessageReader: FieldVisitor {
    /// The struct. Buffers of `bytes` fields are taken out of it.
    let message: UnsafeMutableRawPointer
    let schema: MessageSchema
    /// Values that the struct lacks.
    var large: LargeValues?

    func field<S: Scalar>(_ number: Int, _ value: inout S) throws(WireError) {
        let field = schema.field(number)
        field.check(S.kind, repeated: false)
        let address = message + field.offset
        let bytes = large?.last(number)
        // The message is new: what is not set has its default already. Most fields of most messages are not.
        if bytes != nil || !S.kind.isUnset(at: address) { value = try load(field, at: address, or: bytes) }
    }

    func field<S: Scalar>(_ number: Int, _ values: inout [S]) throws(WireError) {
        let field = schema.field(number)
        field.check(S.kind, repeated: true)
        let count = message.load(fromByteOffset: field.countOffset, as: Int.self)
        guard let first = message.load(fromByteOffset: field.offset, as: UnsafeMutableRawPointer?.self) else { return }
        values.reserveCapacity(count)
        for index in 0..<count {
            let bytes = large?.value(number, at: index)
            values.append(try load(field, at: first + index * S.kind.stride, or: bytes))
        }
    }

    func field<S: Scalar>(_ number: Int, _ value: inout S?) throws(WireError) {
        let field = schema.field(number)
        field.check(S.kind, repeated: false, oneof: true)
        let isSet = message.load(fromByteOffset: field.caseOffset, as: UInt32.self) == number
        value = isSet ? try load(field, at: message + field.offset, or: large?.last(number)) : nil
    }

    func field<M: Message>(_ number: Int, _ value: inout M?) throws(WireError) {
        let field = schema.field(number)
        precondition(!field.isRepeated, "\(field.name) is repeated")
        // The members of a oneof share one place.
        guard !field.isOneofMember || message.load(fromByteOffset: field.caseOffset, as: UInt32.self) == number else {
            return
        }
        guard let struct_ = message.load(fromByteOffset: field.offset, as: UnsafeMutableRawPointer?.self) else {
            return
        }
        value = try Self.read(struct_, field.message)
    }

    func field<M: Message>(_ number: Int, _ values: inout [M]) throws(WireError) {
        let field = schema.field(number)
        let elements = elements(of: field)
        values.reserveCapacity(elements.count)
        for element in elements {
            values.append(try Self.read(element, field.message))
        }
    }

    func field<M: Message>(_ number: Int, _ values: inout [String: M]) throws(WireError) {
        let field = schema.field(number)
        for element in elements(of: field) {
            let entry = CMessageReader(message: element, schema: field.message)
            var key = ""
            var value: M?
            try entry.field(MapEntry.key, &key)
            try entry.field(MapEntry.value, &value)
            values[key] = value ?? M()  // of several entries the last counts
        }
    }

    /// The structs of a repeated message.
    private func elements(of field: FieldSchema) -> UnsafeBufferPointer<UnsafeMutableRawPointer> {
        precondition(field.isRepeated, "\(field.name) is not repeated")
        let count = message.load(fromByteOffset: field.countOffset, as: Int.self)
        typealias Pointers = UnsafeMutablePointer<UnsafeMutableRawPointer>
        let first = message.load(fromByteOffset: field.offset, as: Pointers?.self)
        return UnsafeBufferPointer(start: first, count: first == nil ? 0 : count)
    }

    static func read<M: Message>(
        _ message: UnsafeMutableRawPointer, _ schema: MessageSchema
    ) throws(WireError) -> M {
        precondition(schema.describes(M.self), "\(M.fullName) where \(schema.fullName) is")
        var reader = CMessageReader(message: message, schema: schema)
        var value = M()
        try value.visitFields(&reader)
        return value
    }

    /// The value at `address`, or the one that was left where it came.
    private func load<S: Scalar>(
        _ field: FieldSchema, at address: UnsafeMutableRawPointer, or large: Data?
    ) throws(WireError) -> S {
        let value = if let large { S.kind.value(of: large) } else { S.kind.load(from: address) }
        guard let value = value.flatMap(S.init) else {
            throw .invalidUTF8(field: "\(schema.fullName).\(field.name)")
        }
        return value
    }
}
