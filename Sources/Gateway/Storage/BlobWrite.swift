import Dispatch
import Synchronization

/// Blobs on their way to the disk.
package final class BlobWrite: Sendable {
    private let outcome = Mutex(Result<Void, StorageError>.success(()))
    private let group = DispatchGroup()

    func begin(_ work: @escaping @Sendable () throws(StorageError) -> Void) {
        group.enter()
        BlockingThreads.shared.async { [self] in
            let result = Result(catching: work)
            outcome.withLock { $0 = result }
            group.leave()
        }
    }

    /// Returns when they are there; the thread waits.
    package func wait() throws(StorageError) {
        group.wait()
        try outcome.withLock { $0 }.get()
    }
}
