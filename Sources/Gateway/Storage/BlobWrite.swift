import Dispatch
import Synchronization

/// Blobs on their way to the disk.
package final class BlobWrite: Sendable {
    private let outcome = Mutex(Result<Void, StorageError>.success(()))
    private let group = DispatchGroup()
    private let synchronise: @Sendable () throws(StorageError) -> Void

    /// - Parameter synchronise: returns when the bytes are on disk.
    init(_ synchronise: @escaping @Sendable () throws(StorageError) -> Void) {
        self.synchronise = synchronise
    }

    /// Does some of the work on another thread, where one is free.
    func begin(_ work: @escaping @Sendable () throws(StorageError) -> Void) throws(StorageError) {
        group.enter()
        let isBegun = BlockingThreads.shared.asyncIfFree { [self] in
            let result = Result(catching: work)
            outcome.withLock { $0 = result }
            group.leave()
        }
        guard !isBegun else { return }
        group.leave()
        try work()
    }

    /// Returns when they are there; the thread waits.
    package func wait() throws(StorageError) {
        try synchronise()
        group.wait()
        try outcome.withLock { $0 }.get()
    }
}
