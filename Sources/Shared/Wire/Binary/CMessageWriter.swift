import CProtobuf
import Foundation

/// Builds the struct that protobuf-c packs, from a Swift message.
struct CMessageWriter: FieldVisitor {
    let message: UnsafeMutableRawPointer
    let schema: MessageSchema
    let arena: CMessageArena

    func field<S: Scalar>(_ number: Int, _ value: inout S) throws(WireError) {
        let field = schema.field(number)
        field.check(S.kind, repeated: false)
        value.scalarValue.store(to: message + field.offset, in: arena)
    }

    func field<S: Scalar>(_ number: Int, _ values: inout [S]) throws(WireError) {
        let field = schema.field(number)
        field.check(S.kind, repeated: true)
        guard !values.isEmpty else { return }
        let first = arena.allocate(values.count * S.kind.stride)
        for (index, value) in values.enumerated() {
            value.scalarValue.store(to: first + index * S.kind.stride, in: arena)
        }
        store(first, count: values.count, field)
    }

    func field<M: Message>(_ number: Int, _ value: inout M?) throws(WireError) {
        let field = schema.field(number)
        precondition(!field.isRepeated, "\(field.name) is repeated")
        guard let present = value else { return }
        let pointer = try Self.build(present, field.message, in: arena)
        message.storeBytes(of: pointer, toByteOffset: field.offset, as: UnsafeMutableRawPointer.self)
    }

    func field<M: Message>(_ number: Int, _ values: inout [M]) throws(WireError) {
        let field = schema.field(number)
        precondition(field.isRepeated, "\(field.name) is not repeated")
        guard !values.isEmpty else { return }
        let stride = MemoryLayout<UnsafeMutableRawPointer>.stride
        let first = arena.allocate(values.count * stride)
        for index in values.indices {
            let pointer = try Self.build(values[index], field.message, in: arena)
            first.storeBytes(of: pointer, toByteOffset: index * stride, as: UnsafeMutableRawPointer.self)
        }
        store(first, count: values.count, field)
    }

    private func store(_ first: UnsafeMutableRawPointer, count: Int, _ field: FieldSchema) {
        message.storeBytes(of: first, toByteOffset: field.offset, as: UnsafeMutableRawPointer.self)
        message.storeBytes(of: count, toByteOffset: field.countOffset, as: Int.self)
    }

    /// The struct of `value`, valid as long as `arena` is.
    static func build<M: Message>(
        _ value: M, _ schema: MessageSchema, in arena: CMessageArena
    ) throws(WireError) -> UnsafeMutableRawPointer {
        precondition(schema.fullName == M.fullName, "\(M.fullName) where \(schema.fullName) is")
        let message = arena.allocate(schema.structSize)
        protobuf_c_message_init(schema.descriptor, message)
        var writer = CMessageWriter(message: message, schema: schema, arena: arena)
        var value = value
        try value.visitFields(&writer)
        return message
    }
}

/// Owns the memory of one struct to be packed, and what it points at.
final class CMessageArena {
    private var blocks: [UnsafeMutableRawPointer] = []
    private var kept: [NSData] = []

    deinit {
        for block in blocks { block.deallocate() }
    }

    /// `size` zeroed bytes.
    func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<Int64>.alignment)
        block.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        blocks.append(block)
        return block
    }

    /// Keeps `data` without copying it: `NSData.bytes` stays valid as long as the object lives.
    func keep(_ data: Data) -> ProtobufCBinaryData {
        guard !data.isEmpty else { return ProtobufCBinaryData() }
        let object = data as NSData
        kept.append(object)
        let start = UnsafeMutablePointer(mutating: object.bytes.assumingMemoryBound(to: UInt8.self))
        return ProtobufCBinaryData(len: data.count, data: start)
    }

    /// Keeps a copy of the string's UTF-8.
    func keep(_ string: String) -> ProtobufCBinaryData {
        guard !string.isEmpty else { return ProtobufCBinaryData() }
        var string = string
        return string.withUTF8 { utf8 in
            let copy = allocate(utf8.count)
            copy.copyMemory(from: UnsafeRawPointer(utf8.baseAddress.unsafelyUnwrapped), byteCount: utf8.count)
            return ProtobufCBinaryData(len: utf8.count, data: copy.assumingMemoryBound(to: UInt8.self))
        }
    }
}
