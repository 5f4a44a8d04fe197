import DICOMNetwork
import Foundation
import Testing

@Suite struct InstanceBufferTests {
    private func collect(_ count: Int, in budget: MemoryBudget, folder: String = NSTemporaryDirectory()) throws -> Data
    {
        var buffer = InstanceBuffer(budget: budget, folder: folder)
        let piece = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        while buffer.count < count {
            try piece.prefix(count - buffer.count).withUnsafeBytes { try buffer.append($0) }
        }
        return try buffer.finish()
    }

    @Test(arguments: [0, 1, 10_000, 262_144, 262_145, 3_000_000])
    func `bytes are the same in memory and in a file`(count: Int) throws {
        let inMemory = try collect(count, in: MemoryBudget(bytes: 16 << 20))
        let inFile = try collect(count, in: MemoryBudget(bytes: 0))
        let later = try collect(count, in: MemoryBudget(bytes: 1 << 20))
        #expect(inMemory.count == count)
        #expect(inMemory == inFile && inFile == later)
    }

    @Test func `memory is given back when the bytes are no longer needed`() throws {
        let budget = MemoryBudget(bytes: 512 << 10)
        for _ in 0..<10 { #expect(try collect(500_000, in: budget).count == 500_000) }
        #expect(budget.take(512 << 10))
    }

    @Test func `a folder that is not there is a full disk`() {
        #expect(throws: InstanceBuffer.Full.self) {
            try collect(100, in: MemoryBudget(bytes: 0), folder: "/nonexistent")
        }
    }
}
