import CLinux
import CProtobuf
package import Foundation

extension Message {
    /// Reads the binary form. Unknown fields are skipped. Small `bytes` are copied out of `serialized`; large ones that
    /// are most of it stay where they are, and keep it.
    ///
    /// - Throws: `WireError.malformed`, `.invalidUTF8`, or `.tooLarge` when the structs of the message would take more
    ///   than a bounded multiple of its bytes.
    package init(serialized: Data) throws(WireError) {
        let schema = MessageSchema.of(Self.self)
        var budget = AllocationBudget(forBytes: serialized.count)
        let large = LargeValues(serialized, schema)
        var value = Self()
        var failure: WireError?
        withUnsafeMutablePointer(to: &budget) { budget in
            var allocator = AllocationBudget.allocator(budget)
            let unpacked = (large?.rest ?? serialized).withUnsafeBytes { bytes in
                protobuf_c_message_unpack(
                    schema.descriptor, &allocator, bytes.count, bytes.bindMemory(to: UInt8.self).baseAddress)
            }
            guard let unpacked else {
                failure =
                    budget.pointee.isExhausted
                    ? .tooLarge(message: Self.fullName, limit: budget.pointee.limit)
                    : .malformed(message: Self.fullName)
                return
            }
            defer { protobuf_c_message_free_unpacked(unpacked, &allocator) }
            var reader = CMessageReader(
                message: UnsafeMutableRawPointer(unpacked), schema: schema, large: large)
            do throws(WireError) {
                try value.visitFields(&reader)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        self = value
    }

    /// The binary form, fields in order of their numbers.
    ///
    /// - Throws: `WireError.tooLarge` beyond 2 GiB, the limit of protobuf.
    package func serialized() throws(WireError) -> Data {
        // Few messages have large values, which need a visit of their own.
        if let data = try packed(CMessageArena(pinned: [])) { return data }
        return try PinnedBytes.of(self) { pinned in
            do throws(WireError) {
                guard let data = try packed(CMessageArena(pinned: pinned)) else {
                    preconditionFailure("a large value is not pinned")
                }
                return .success(data)
            } catch {
                return .failure(error)
            }
        }
    }

    /// The binary form; nil where the arena lacks the place of a large value.
    private func packed(_ arena: CMessageArena) throws(WireError) -> Data? {
        let built = try CMessageWriter.build(self, MessageSchema.of(Self.self), in: arena)
        if arena.lacksPinned { return nil }
        return try withExtendedLifetime(arena) { () throws(WireError) -> Data in
            let message = built.assumingMemoryBound(to: ProtobufCMessage.self)
            let size = protobuf_c_message_get_packed_size(message)
            guard size <= Int(Int32.max) else { throw .tooLarge(message: Self.fullName, limit: Int(Int32.max)) }
            guard size > 0, let buffer = malloc(size) else { return Data() }
            let written = protobuf_c_message_pack(message, buffer.assumingMemoryBound(to: UInt8.self))
            return Data(bytesNoCopy: buffer, count: written, deallocator: .free)
        }
    }
}

/// How much memory one unpacking may take, so that a few hostile bytes do not become many.
private struct AllocationBudget {
    /// Bytes that may be handed out in all.
    let limit: Int
    private var remaining: Int
    private(set) var isExhausted = false

    /// Each byte may be copied once, and the structs around may take 32 times the bytes, 256 MiB at most.
    init(forBytes count: Int) {
        limit = count + min(32 * count + 1 << 20, 256 << 20)
        remaining = limit
    }

    mutating func take(_ size: Int) -> UnsafeMutableRawPointer? {
        guard size <= remaining else {
            isExhausted = true
            return nil
        }
        remaining -= size
        guard let memory = malloc(size) else { return nil }
        linux_use_huge_pages(memory, size)
        return memory
    }

    static func allocator(_ budget: UnsafeMutablePointer<AllocationBudget>) -> ProtobufCAllocator {
        ProtobufCAllocator(
            alloc: { data, size in data?.assumingMemoryBound(to: AllocationBudget.self).pointee.take(size) },
            free: { _, pointer in free(pointer) },
            allocator_data: budget)
    }
}
