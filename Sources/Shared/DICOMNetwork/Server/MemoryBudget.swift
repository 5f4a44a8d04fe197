import Synchronization

/// Bytes that all associations together may hold in memory.
package final class MemoryBudget: Sendable {
    private let left: Mutex<Int>

    package init(bytes: Int) {
        left = Mutex(bytes)
    }

    /// Whether `count` bytes were free; then they are taken.
    package func take(_ count: Int) -> Bool {
        left.withLock { left in
            guard left >= count else { return false }
            left -= count
            return true
        }
    }

    package func giveBack(_ count: Int) {
        left.withLock { $0 += count }
    }
}
