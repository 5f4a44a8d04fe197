import Cryptography
import Foundation

/// The file of a large instance that comes in piece by piece: hashed as it grows, and renamed to its place in the end, so
/// that its bytes are written once. It goes with this value where it was not placed, and at the next start where the
/// process was killed.
///
/// Its head goes through the page cache, for it is read next; the rest past it, where the file system can (`O_DIRECT`):
/// a copy is saved, new pages for it too, and what is in memory stays there.
package final class SpoolFile: @unchecked Sendable {  // filled by one thread at a time, then only read
    private static let headBytes = 128 << 10

    let path: String
    /// Bytes that were written.
    package private(set) var count = 0
    private let file: FileDescriptor
    private let window = WriteWindow()
    private var computation: SHA256.Computation
    /// Bytes in the window.
    private var pending = 0
    /// Bytes in the file.
    private var written = 0
    private var isDirect = false

    init(path: String) throws(StorageError) {
        guard let computation = SHA256.Computation() else { throw .hashing }
        self.computation = computation
        self.path = path
        file = try FileDescriptor(opening: path, O_RDWR | O_CREAT | O_EXCL)
    }

    deinit { unlink(path) }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let room = (written == 0 ? Self.headBytes : WriteWindow.byteCount) - pending
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(room))
            computation.update(piece)
            UnsafeMutableRawBufferPointer(rebasing: window.bytes[pending...]).copyMemory(from: piece)
            pending += piece.count
            rest = rest.dropFirst(piece.count)
            if piece.count == room { try writeOut() }
        }
        count += bytes.count
    }

    /// Writes the rest; nothing may be written after that.
    ///
    /// - Returns: the digest of all bytes.
    func finish() throws(StorageError) -> Digest {
        if pending > 0 {
            let (padded, byteCount) = (WriteWindow.padded(pending), written + pending)
            window.clear(pending..<padded)
            pending = padded
            try writeOut()
            guard ftruncate(file.number, off_t(byteCount)) == 0 else { throw StorageError(call: "ftruncate") }
        }
        return try Digest(finishing: &computation)
    }

    private func writeOut() throws(StorageError) {
        let piece = UnsafeRawBufferPointer(rebasing: window.bytes[..<pending])
        if isDirect {
            isDirect = try file.writeDirect([piece], at: written)
        } else {
            try file.write(piece, at: written)
        }
        if written == 0 { isDirect = file.setDirect(true) }
        written += pending
        pending = 0
    }

    /// All bytes, read from disk as they are looked at; they live as long as this value and longer.
    func mapped() throws(StorageError) -> Data {
        guard count > 0 else { return Data() }
        let address = mmap(nil, count, PROT_READ, MAP_PRIVATE, file.number, 0)
        guard let address, address != MAP_FAILED else { throw StorageError(call: "mmap") }
        // Only a header is read of it, and maybe something behind the pixels.
        madvise(address, count, MADV_RANDOM)
        return Data(bytesNoCopy: address, count: count, deallocator: .unmap)
    }
}
