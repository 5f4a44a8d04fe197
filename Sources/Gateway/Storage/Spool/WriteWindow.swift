import Foundation
import Synchronization

/// Memory out of which a file is written past the page cache. It is kept for the next file: new memory costs as much as
/// a copy.
final class WriteWindow: @unchecked Sendable {  // its owner's
    static let byteCount = 1 << 20
    /// What disks ask for.
    fileprivate static let alignment = 4096
    /// Windows that are kept at most.
    private static let keptCount = 8
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

extension FileDescriptor {
    /// Fewer bytes are written sooner through the page cache.
    private static let leastPastCache = 32 << 10

    /// Writes the bytes of a new file past the page cache, but for those at the end that fill no block of the disk; all of
    /// them through it where they are few, more than a window, or the file system cannot.
    func writePastCache(_ bytes: Data) throws(StorageError) {
        let whole = bytes.count / WriteWindow.alignment * WriteWindow.alignment
        guard (Self.leastPastCache...WriteWindow.byteCount).contains(whole), setDirect(true) else {
            return try writeThrough(bytes)
        }
        let window = WriteWindow()
        bytes.withUnsafeBytes { window.bytes.copyBytes(from: $0.prefix(whole)) }
        var done = whole
        do throws(StorageError) {
            try write(UnsafeRawBufferPointer(rebasing: window.bytes[..<whole]), at: 0)
        } catch .systemCall(_, EINVAL) {
            done = 0  // not every file system that takes the flag takes the writes
        }
        _ = setDirect(false)
        try write(Data(), bytes.dropFirst(done), at: done)
    }
}
