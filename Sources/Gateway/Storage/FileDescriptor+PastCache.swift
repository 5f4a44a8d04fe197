import Foundation

extension FileDescriptor {
    /// Fewer bytes are written sooner through the page cache.
    private static let leastPastCache = 32 << 10

    /// Writes the bytes of a new file past the page cache, but for those at the end that fill no block of the disk; all of
    /// them through it where they are few, more than a window, or the file system cannot.
    func writePastCache(_ bytes: Data) throws(StorageError) {
        let whole = bytes.count / WriteWindow.alignment * WriteWindow.alignment
        guard whole >= Self.leastPastCache, bytes.count <= WriteWindow.byteCount, setDirect(true) else {
            return try writeThrough(bytes)
        }
        let window = WriteWindow()
        window.bytes.copyBytes(from: bytes)
        _ = try writeDirect([UnsafeRawBufferPointer(rebasing: window.bytes[..<whole])], at: 0)
        _ = setDirect(false)
        try write(UnsafeRawBufferPointer(rebasing: window.bytes[whole..<bytes.count]), at: whole)
    }

    /// Writes pieces to a file that passes the page cache; through it from now on where the file system takes the flag and
    /// not the writes.
    ///
    /// - Returns: whether it passes the cache still.
    func writeDirect(_ pieces: [UnsafeRawBufferPointer], at offset: Int) throws(StorageError) -> Bool {
        do throws(StorageError) {
            try write(pieces, at: offset)
            return true
        } catch {
            guard case .systemCall(_, EINVAL) = error, setDirect(false) else { throw error }
            try write(pieces, at: offset)
            return false
        }
    }
}
