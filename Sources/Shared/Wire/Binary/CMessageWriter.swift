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

    func field<S: Scalar>(_ number: Int, _ value: inout S?) throws(WireError) {
        let field = schema.field(number)
        field.check(S.kind, repeated: false, oneof: true)
        guard let value else { return }
        value.scalarValue.store(to: message + field.offset, in: arena)
        message.storeBytes(of: UInt32(number), toByteOffset: field.caseOffset, as: UInt32.self)
    }

    func field<M: Message>(_ number: Int, _ value: inout M?) throws(WireError) {
        let field = schema.field(number)
        precondition(!field.isRepeated, "\(field.name) is repeated")
        guard let present = value else { return }
        let pointer = try Self.build(present, field.message, in: arena)
        message.storeBytes(of: pointer, toByteOffset: field.offset, as: UnsafeMutableRawPointer.self)
        guard field.isOneofMember else { return }
        message.storeBytes(of: UInt32(number), toByteOffset: field.caseOffset, as: UInt32.self)
    }

    func field<M: Message>(_ number: Int, _ values: inout [M]) throws(WireError) {
        let field = schema.field(number)
        var elements: [UnsafeMutableRawPointer] = []
        for index in values.indices { elements.append(try Self.build(values[index], field.message, in: arena)) }
        store(elements, field)
    }

    func field<M: Message>(_ number: Int, _ values: inout [String: M]) throws(WireError) {
        let field = schema.field(number)
        var elements: [UnsafeMutableRawPointer] = []
        for (key, value) in MapEntry.sorted(values) {
            let entry = Self.empty(field.message, in: arena)
            var (key, value): (String, M?) = (key, value)
            try entry.field(MapEntry.key, &key)
            try entry.field(MapEntry.value, &value)
            elements.append(entry.message)
        }
        store(elements, field)
    }

    /// Points a repeated message at its structs.
    private func store(_ elements: [UnsafeMutableRawPointer], _ field: FieldSchema) {
        precondition(field.isRepeated, "\(field.name) is not repeated")
        guard !elements.isEmpty else { return }
        let stride = MemoryLayout<UnsafeMutableRawPointer>.stride
        let first = arena.allocate(elements.count * stride)
        for (index, element) in elements.enumerated() {
            first.storeBytes(of: element, toByteOffset: index * stride, as: UnsafeMutableRawPointer.self)
        }
        store(first, count: elements.count, field)
    }

    private func store(_ first: UnsafeMutableRawPointer, count: Int, _ field: FieldSchema) {
        message.storeBytes(of: first, toByteOffset: field.offset, as: UnsafeMutableRawPointer.self)
        message.storeBytes(of: count, toByteOffset: field.countOffset, as: Int.self)
    }

    /// The struct of `value`, valid as long as `arena` is.
    static func build<M: Message>(
        _ value: M, _ schema: MessageSchema, in arena: CMessageArena
    ) throws(WireError) -> UnsafeMutableRawPointer {
        precondition(schema.describes(M.self), "\(M.fullName) where \(schema.fullName) is")
        var writer = empty(schema, in: arena)
        var value = value
        try value.visitFields(&writer)
        return writer.message
    }

    /// A struct whose fields have their defaults.
    private static func empty(_ schema: MessageSchema, in arena: CMessageArena) -> CMessageWriter {
        let message = arena.allocate(schema.structSize)
        protobuf_c_message_init(schema.descriptor, message)
        return CMessageWriter(message: message, schema: schema, arena: arena)
    }
}

/// Owns the memory of one struct to be packed, and what it points at.
final class CMessageArena {
    /// Most messages fit into one block of this size, in bytes.
    private static let blockSize = 4 << 10

    private var blocks: [UnsafeMutableRawPointer] = []
    /// What is left of the last block.
    private var free = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var pinned: ArraySlice<UnsafeRawBufferPointer>
    /// Whether a large value was left out because nobody had pinned it: what was built is of no use then.
    private(set) var lacksPinned = false

    /// - Parameter pinned: the large `bytes` of the message in the order of their visit; the caller keeps them in place.
    init(pinned: [UnsafeRawBufferPointer]) {
        self.pinned = pinned[...]
    }

    deinit {
        for block in blocks { block.deallocate() }
    }

    /// `size` zeroed bytes.
    func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        let place = reserve(size)
        place.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        return place
    }

    /// Room for `size` bytes at an address that suits every field.
    private func reserve(_ size: Int) -> UnsafeMutableRawPointer {
        let alignment = MemoryLayout<Int64>.alignment
        let rounded = (size + alignment - 1) / alignment * alignment
        if let start = free.baseAddress, rounded <= free.count {
            free = UnsafeMutableRawBufferPointer(rebasing: free[rounded...])
            return start
        }
        let block = UnsafeMutableRawPointer.allocate(byteCount: max(rounded, Self.blockSize), alignment: alignment)
        blocks.append(block)
        if rounded < Self.blockSize {
            free = UnsafeMutableRawBufferPointer(start: block + rounded, count: Self.blockSize - rounded)
        }
        return block
    }

    /// The place of pinned bytes, or of a copy of them when they are few.
    func keep(_ data: Data) -> ProtobufCBinaryData {
        guard data.count >= PinnedBytes.threshold else { return data.withUnsafeBytes(copy) }
        guard let place = pinned.popFirst() else {
            lacksPinned = true
            return ProtobufCBinaryData()
        }
        precondition(place.count == data.count, "bytes are pinned in another order")
        return ProtobufCBinaryData(
            len: place.count, data: UnsafeMutablePointer(mutating: place.bindMemory(to: UInt8.self).baseAddress))
    }

    /// The place of a copy of the string's UTF-8.
    func keep(_ string: String) -> ProtobufCBinaryData {
        var string = string
        return string.withUTF8 { copy(UnsafeRawBufferPointer($0)) }
    }

    private func copy(_ bytes: UnsafeRawBufferPointer) -> ProtobufCBinaryData {
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return ProtobufCBinaryData() }
        let copy = reserve(bytes.count)
        copy.copyMemory(from: start, byteCount: bytes.count)
        return ProtobufCBinaryData(len: bytes.count, data: copy.assumingMemoryBound(to: UInt8.self))
    }
}
