import CLinux
import Foundation

/// Grows to one contiguous body; its memory becomes the `Data` that is handed out, without a copy.
struct CollectingBuffer: ~Copyable {
    private var memory: UnsafeMutableRawPointer?
    private var capacity = 0
    private(set) var count = 0

    deinit {
        if let memory { SpareMemory.giveBack(memory, capacity) }
    }

    /// A body of this size in bytes is believed to become as long as it was announced.
    private static let earnestCount = 1 << 20

    /// Copies `bytes` behind what is here.
    ///
    /// Memory doubles as bytes come, at most to `expected`: a peer that announces much and sends nothing costs nothing.
    /// From 1 MiB on there is room for all that is expected, which the system gives page by page as bytes come: moving
    /// what is here again and again costs more.
    /// - Returns: false where the system has no memory left.
    mutating func append(_ bytes: UnsafeRawBufferPointer, expected: Int?) -> Bool {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return true }
        guard hasRoom(for: bytes.count, expected: expected) else { return false }
        memory?.advanced(by: count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
        return true
    }

    /// Lets `write` put bytes behind what is here, where there is room for the rest of a large body already.
    ///
    /// - Parameter write: gives the count of bytes it has put there.
    /// - Returns: that count; nil where there is no such room.
    mutating func fill(atMost limit: Int, _ write: (UnsafeMutableRawBufferPointer) -> Int) -> Int? {
        let room = min(limit, capacity - count)
        guard let memory, count >= Self.earnestCount, room > 0 else { return nil }
        let written = write(UnsafeMutableRawBufferPointer(start: memory + count, count: room))
        count += written
        return written
    }

    private mutating func hasRoom(for more: Int, expected: Int?) -> Bool {
        let needed = count + more
        guard needed > capacity else { return true }
        var larger = max(needed, capacity * 2, 4096)
        if let expected, expected >= needed {
            larger = needed < Self.earnestCount ? min(larger, expected) : expected
        }
        if let spare = SpareMemory.take(larger) {
            if let memory {
                spare.start.copyMemory(from: memory, byteCount: count)
                SpareMemory.giveBack(memory, capacity)
            }
            (memory, capacity) = (spare.start, spare.capacity)
            return true
        }
        guard let moved = realloc(memory, larger) else { return false }
        linux_use_huge_pages(moved, larger)
        memory = moved
        capacity = larger
        return true
    }

    /// The bytes; the buffer is empty afterwards.
    mutating func take() -> Data {
        guard let memory else { return Data() }
        let size = capacity
        let data = Data(
            bytesNoCopy: memory, count: count, deallocator: .custom { start, _ in SpareMemory.giveBack(start, size) })
        self.memory = nil
        capacity = 0
        count = 0
        return data
    }
}
