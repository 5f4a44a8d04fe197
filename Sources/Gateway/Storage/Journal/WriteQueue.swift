import CLinux
import Foundation

/// Writes that a thread begins and waits for later, one at a time (`io_submit`): so the disk is at work while the thread
/// does other things, and no second thread has to be woken for it.
final class WriteQueue: Sendable {
    private let number: UInt

    /// Nil where the kernel has none.
    init?() {
        var number: UInt = 0
        guard linux_write_queue_create(&number) == 0 else { return nil }
        self.number = number
    }

    deinit { linux_write_queue_destroy(number) }

    /// Begins to write pieces to a file that passes the page cache, one after the other. They have to stay until they were
    /// waited for.
    ///
    /// - Returns: false where it cannot.
    func begin(_ pieces: [UnsafeRawBufferPointer], in file: borrowing FileDescriptor, at offset: Int) -> Bool {
        let vectors = pieces.map {
            iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count)
        }
        return linux_write_queue_begin(number, file.number, vectors, Int32(vectors.count), Int64(offset)) == 0
    }

    /// Returns when the write that was begun is over.
    ///
    /// - Returns: how many of its bytes are on disk.
    func wait() -> Int { max(0, Int(linux_write_queue_wait(number))) }
}
