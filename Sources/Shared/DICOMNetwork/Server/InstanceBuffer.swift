package import Foundation

/// Collects the bytes of one instance: in memory while the budget lasts, else in a file that has no name.
///
/// Used on one thread.
package struct InstanceBuffer: ~Copyable {
    /// The disk took no more.
    package struct Full: Error {}

    private static let firstCapacity = 128 << 10

    private let budget: MemoryBudget
    private let folder: String
    private var memory: UnsafeMutableRawBufferPointer
    private var file: Int32 = -1
    package private(set) var count = 0

    /// - Parameter folder: where the file is made; on a disk with room for whole instances.
    package init(budget: MemoryBudget, folder: String) {
        self.budget = budget
        self.folder = folder
        memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    deinit {
        Self.free(memory, budget)
        if file >= 0 { close(file) }
    }

    private static func free(_ memory: UnsafeMutableRawBufferPointer, _ budget: MemoryBudget) {
        Glibc.free(memory.baseAddress)
        budget.giveBack(memory.count)
    }

    /// - Throws: `Full`.
    package mutating func append(_ bytes: UnsafeRawBufferPointer) throws(Full) {
        guard !bytes.isEmpty else { return }
        if file < 0, !makeRoom(for: bytes.count) { try moveToFile() }
        if file >= 0 {
            try Self.write(bytes, to: file)
        } else {
            UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
        }
        count += bytes.count
    }

    /// Doubles the memory until the bytes fit; false when the budget does not allow it.
    private mutating func makeRoom(for more: Int) -> Bool {
        guard count + more > memory.count else { return true }
        let capacity = max(Self.firstCapacity, memory.count * 2, count + more)
        guard budget.take(capacity - memory.count) else { return false }
        guard let grown = realloc(memory.baseAddress, capacity) else {
            budget.giveBack(capacity - memory.count)
            return false
        }
        memory = UnsafeMutableRawBufferPointer(start: grown, count: capacity)
        return true
    }

    private mutating func moveToFile() throws(Full) {
        var path = Array((folder + "/dicom-XXXXXX").utf8CString)
        file = mkstemp(&path)
        guard file >= 0 else { throw Full() }
        unlink(path)
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        try Self.write(UnsafeRawBufferPointer(rebasing: memory.prefix(count)), to: file)
        Self.free(memory, budget)
        memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32) throws(Full) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(file, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Full() }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    /// The bytes, which stay where they are: in memory, or mapped from the file.
    package consuming func finish() throws(Full) -> Data {
        guard file >= 0 else {
            let (memory, budget) = (memory, budget)
            self.memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
            guard let address = memory.baseAddress else { return Data() }
            return Data(
                bytesNoCopy: address, count: count, deallocator: .custom { _, _ in Self.free(memory, budget) })
        }
        let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, file, 0)
        guard let address, address != MAP_FAILED else { throw Full() }
        return Data(bytesNoCopy: address, count: count, deallocator: .unmap)
    }
}
