import CLinux
import Foundation

/// One open file, closed exactly once.
struct FileDescriptor: ~Copyable {
    let number: Int32

    init(opening path: String, _ flags: Int32, mode: mode_t = 0o600) throws(StorageError) {
        var number: Int32
        repeat { number = open(path, flags | O_CLOEXEC, mode) } while number < 0 && errno == EINTR
        guard number >= 0 else { throw StorageError(call: "open") }
        self.number = number
    }

    deinit { _ = close(number) }

    /// Writes pieces one after the other.
    func write(_ pieces: [UnsafeRawBufferPointer], at offset: Int) throws(StorageError) {
        var vectors = pieces.map {
            iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count)
        }
        var (written, place) = (max(0, pwritev(number, &vectors, Int32(vectors.count), off_t(offset))), offset)
        // What is left is written in calls that say what fails.
        for piece in pieces {
            let done = min(written, piece.count)
            try write(UnsafeRawBufferPointer(rebasing: piece[done...]), at: place + done)
            written -= done
            place += piece.count
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StorageError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let written = pwrite(number, rest.baseAddress, rest.count, off_t(offset + done))
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw StorageError(call: "pwrite") }
            done += written
        }
    }

    /// The bytes from `offset` on, at most `count`; fewer at the end.
    func read(from offset: Int, count: Int) throws(StorageError) -> Data {
        var bytes = Data(count: count)
        let outcome = bytes.withUnsafeMutableBytes { bytes in
            Result { () throws(StorageError) in try read(into: bytes, from: offset) }
        }
        let found = try outcome.get()
        return found == count ? bytes : bytes.prefix(found)
    }

    /// Fills memory with the bytes from `offset` on.
    ///
    /// - Returns: their count; fewer than there is room for at the end.
    func read(into memory: UnsafeMutableRawBufferPointer, from offset: Int) throws(StorageError) -> Int {
        let found = pread(number, memory.baseAddress, memory.count, off_t(offset))
        guard found >= 0 else { throw StorageError(call: "pread") }
        return found
    }

    /// Writes past the page cache from now on, or through it; false where the file system cannot.
    func setDirect(_ isDirect: Bool) -> Bool { linux_set_direct(number, isDirect ? 1 : 0) == 0 }

    /// Writes, and has the disk begin with what is written while the rest follows.
    func writeThrough(_ bytes: Data) throws(StorageError) {
        var begun = 0
        try write(bytes, piece: Self.writeBehind) { written in
            guard written - begun >= Self.writeBehind else { return }
            beginWriteBack(from: begun, count: written - begun)
            begun = written
        }
    }

    /// Has the disk begin with what is written; does not wait.
    ///
    /// - Parameter count: 0 means up to the end.
    func beginWriteBack(from offset: Int = 0, count: Int = 0) {
        linux_begin_write_back(number, Int64(offset), Int64(count))
    }

    private static let writeBehind = 512 << 10

    private func write(_ bytes: Data, piece: Int, after: (Int) -> Void) throws(StorageError) {
        var failure: StorageError?
        bytes.withUnsafeBytes { (buffer: UnsafeRawBufferPointer) in
            var rest = buffer[...]
            while !rest.isEmpty {
                let slice = UnsafeRawBufferPointer(rebasing: rest.prefix(piece))
                let written = Foundation.write(number, slice.baseAddress, slice.count)
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else {
                    failure = StorageError(call: "write")
                    return
                }
                rest = rest.dropFirst(written)
                after(buffer.count - rest.count)
            }
        }
        if let failure { throw failure }
    }

    /// Returns when data and length are on disk.
    func synchronise() throws(StorageError) {
        guard fsync(number) == 0 else { throw StorageError(call: "fsync") }
    }

    /// Returns when the data is on disk, and the length where it changed.
    func synchroniseData() throws(StorageError) {
        guard fdatasync(number) == 0 else { throw StorageError(call: "fdatasync") }
    }

    /// Returns when everything that was written to the file's file system is on disk, names too.
    func synchroniseFileSystem() throws(StorageError) {
        guard linux_sync_file_system(number) == 0 else { throw StorageError(call: "syncfs") }
    }

    /// Takes the file's lock for as long as it stays open; false when another process holds it.
    ///
    /// - Parameter isShared: others may share it.
    func lock(isShared: Bool = false) -> Bool {
        flock(number, (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0
    }
}

extension StorageError {
    /// The failure of a system call that has just returned.
    init(call name: String) {
        let code = errno
        self = code == ENOSPC || code == EDQUOT ? .noSpace : .systemCall(name: name, code: code)
    }
}
