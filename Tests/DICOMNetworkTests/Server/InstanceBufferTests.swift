import DICOMNetwork
import Foundation
import Testing

@Suite struct InstanceBufferTests {
    private func collect(_ count: Int, in budget: MemoryBudget) throws -> InstanceBytes {
        var buffer = InstanceBuffer(budget: budget) { MemorySpool() }
        let piece = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        while buffer.count < count {
            try piece.prefix(count - buffer.count).withUnsafeBytes { try buffer.append($0) }
        }
        return buffer.finish()
    }

    @Test(arguments: [0, 1, 10_000, 262_144, 262_145, InstanceBuffer.largestCapacity])
    func `bytes are the same in memory and in a spool`(count: Int) throws {
        let inMemory = try collect(count, in: MemoryBudget(bytes: 16 << 20))
        let inSpool = try collect(count, in: MemoryBudget(bytes: 0))
        let later = try collect(count, in: MemoryBudget(bytes: 200 << 10))
        #expect(inMemory.data.count == count)
        #expect(inMemory.data == inSpool.data && inSpool.data == later.data)
        #expect(!inMemory.isSpooled)
        #expect(inSpool.isSpooled == (count > 0))
    }

    @Test func `what is large goes to a spool whatever the budget`() throws {
        let large = try collect(InstanceBuffer.largestCapacity + 1, in: MemoryBudget(bytes: 16 << 20))
        #expect(large.isSpooled)
        #expect(large.data.count == InstanceBuffer.largestCapacity + 1)
    }

    @Test func `memory is given back when the bytes are no longer needed`() throws {
        let budget = MemoryBudget(bytes: 512 << 10)
        for _ in 0..<10 { #expect(try collect(500_000, in: budget).data.count == 500_000) }
        #expect(budget.take(512 << 10))
    }

    @Test func `a spool that cannot be made is a full disk`() throws {
        var buffer = InstanceBuffer(budget: MemoryBudget(bytes: 0)) { () throws(InstanceBuffer.Full) in
            throw InstanceBuffer.Full()
        }
        var isFull = false
        [UInt8](repeating: 1, count: 100).withUnsafeBytes { bytes in
            do { try buffer.append(bytes) } catch { isFull = true }
        }
        #expect(isFull)
        #expect(buffer.count == 0)
    }
}
