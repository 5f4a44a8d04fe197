import Foundation

/// Collects the bytes of one instance: in memory while it is small and the budget lasts, else in a spool.
///
/// Used on one thread.
package struct InstanceBuffer: ~Copyable {
    /// There is no room for more.
    package struct Full: Error {
        package init() {}
    }

    private static let firstCapacity = 128 << 10
    /// Less than what the C library would take from the system, and give back to it, for each instance.
    package static let largestCapacity = (1 << 20) - (4 << 10)

    private let budget: MemoryBudget
    private let makeSpool: () throws(Full) -> any InstanceSpool
    private var memory: UnsafeMutableRawBufferPointer
    private var spool: (any InstanceSpool)?
    package private(set) var count = 0

    /// - Parameter makeSpool: called once, where the instance does not fit into memory.
    package init(budget: MemoryBudget, makeSpool: @escaping () throws(Full) -> any InstanceSpool) {
        self.budget = budget
        self.makeSpool = makeSpool
        memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    deinit { Self.free(memory, budget) }

    private static func free(_ memory: UnsafeMutableRawBufferPointer, _ budget: MemoryBudget) {
        Glibc.free(memory.baseAddress)
        budget.giveBack(memory.count)
    }

    /// - Throws: `Full`.
    package mutating func append(_ bytes: UnsafeRawBufferPointer) throws(Full) {
        guard !bytes.isEmpty else { return }
        if spool == nil, !makeRoom(for: bytes.count) { try moveToSpool() }
        if let spool {
            try spool.append(bytes)
        } else {
            UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
        }
        count += bytes.count
    }

    /// Doubles the memory until the bytes fit; false where they are too many or the budget does not allow it.
    private mutating func makeRoom(for more: Int) -> Bool {
        guard count + more > memory.count else { return true }
        let capacity = min(max(Self.firstCapacity, memory.count * 2, count + more), Self.largestCapacity)
        guard capacity >= count + more, budget.take(capacity - memory.count) else { return false }
        guard let grown = realloc(memory.baseAddress, capacity) else {
            budget.giveBack(capacity - memory.count)
            return false
        }
        memory = UnsafeMutableRawBufferPointer(start: grown, count: capacity)
        return true
    }

    private mutating func moveToSpool() throws(Full) {
        let made = try makeSpool()
        try made.append(UnsafeRawBufferPointer(rebasing: memory.prefix(count)))
        Self.free(memory, budget)
        memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        spool = made
    }

    /// The bytes, which stay where they are.
    package consuming func finish() -> InstanceBytes {
        if let spool { return .spool(spool) }
        let (memory, budget) = (memory, budget)
        self.memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        guard let address = memory.baseAddress else { return .memory(Data()) }
        return .memory(
            Data(bytesNoCopy: address, count: count, deallocator: .custom { _, _ in Self.free(memory, budget) }))
    }
}
