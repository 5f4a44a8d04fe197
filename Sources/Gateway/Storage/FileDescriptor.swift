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

    func write(_ bytes: Data) throws(StorageError) {
        var failure: StorageError?
        bytes.withUnsafeBytes { (buffer: UnsafeRawBufferPointer) in
            var rest = buffer[...]
            while !rest.isEmpty {
                let slice = UnsafeRawBufferPointer(rebasing: rest)
                let written = Foundation.write(number, slice.baseAddress, slice.count)
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else {
                    failure = StorageError(call: "write")
                    return
                }
                rest = rest.dropFirst(written)
            }
        }
        if let failure { throw failure }
    }

    /// Returns when data and length are on disk.
    func synchronise() throws(StorageError) {
        guard fsync(number) == 0 else { throw StorageError(call: "fsync") }
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
