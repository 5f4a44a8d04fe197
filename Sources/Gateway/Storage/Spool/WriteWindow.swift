import Foundation
import Synchronization

/// Memory out of which a file is written past the page cache. It is kept for the next file: new memory costs as much as
/// a copy.
final class WriteWindow: @unchecked Sendable {  // its owner's
    static let byteCount = 1 << 20
    /// What disks ask for.
    static let alignment = 4096
    /// Windows that are kept at most.
    private static let keptCount = 16
    private static let kept = Mutex<[Address]>([])

    private struct Address: @unchecked Sendable {  // nobody's while it is kept
        let pointer: UnsafeMutableRawPointer
    }

    let bytes: UnsafeMutableRawBufferPointer

    init() {
        let address = Self.kept.withLock { $0.popLast()?.pointer }
        bytes = UnsafeMutableRawBufferPointer(
            start: address ?? .allocate(byteCount: Self.byteCount, alignment: Self.alignment), count: Self.byteCount)
    }

    /// Writes zeros.
    func clear(_ range: Range<Int>) {
        UnsafeMutableRawBufferPointer(rebasing: bytes[range]).initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit {
        guard let address = bytes.baseAddress.map(Address.init) else { return }
        let isKept = Self.kept.withLock { kept in
            guard kept.count < Self.keptCount else { return false }
            kept.append(address)
            return true
        }
        if !isKept { address.pointer.deallocate() }
    }

    static func padded(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }
}
