import Foundation
import Synchronization

/// Memory of large bodies that are gone, for the next ones: what the system gives anew it first clears page by page.
enum SpareMemory {
    private struct Block: @unchecked Sendable {  // belongs to whoever has it
        let start: UnsafeMutableRawPointer
        let capacity: Int
    }

    /// From this size on a block is kept, bytes.
    private static let smallest = 4 << 20
    /// What all blocks kept may have together, bytes.
    private static let most = 64 << 20
    private static let kept = Mutex<[Block]>([])

    /// A block of at least `capacity` bytes, where one was kept.
    static func take(_ capacity: Int) -> (start: UnsafeMutableRawPointer, capacity: Int)? {
        guard capacity >= smallest else { return nil }
        return kept.withLock { kept in
            kept.firstIndex { $0.capacity >= capacity }.map { kept.remove(at: $0) }
        }.map { ($0.start, $0.capacity) }
    }

    /// Keeps a block if it is large; the oldest ones go where there are too many.
    static func giveBack(_ start: UnsafeMutableRawPointer, _ capacity: Int) {
        guard capacity >= smallest else { return free(start) }
        let block = Block(start: start, capacity: capacity)
        let dropped = kept.withLock { kept in
            kept.append(block)
            var dropped: [Block] = []
            while kept.reduce(0, { $0 + $1.capacity }) > most { dropped.append(kept.removeFirst()) }
            return dropped
        }
        for block in dropped { free(block.start) }
    }
}
