import Foundation

extension BlobStore {
    /// Most instances that are handed over together.
    private static let recoveredTogether = 64

    /// Hands over the instances whose rows depended on the journals of processes that are gone, in their order, and
    /// forgets them then. To be called once, before anything is taken or shown.
    ///
    /// - Parameter enter: returns when their rows are on disk.
    package func recover(_ enter: ([JournaledBlob]) throws(StorageError) -> Void) throws(StorageError) {
        for orphan in left {
            var waiting: [JournaledBlob] = []
            try BlobJournal.forEachBlob(in: orphan.path) { (journaled) throws(StorageError) in
                if journaled.arrival != nil { waiting.append(journaled) }
                guard waiting.count >= Self.recoveredTogether else { return }
                try enter(waiting)
                waiting = []
            }
            if !waiting.isEmpty { try enter(waiting) }
            orphan.remove()
        }
    }

    /// Returns when nothing depends on the journal that was written before, and no start would bring it back: to be
    /// waited for before rows are removed.
    package func settleJournal() async throws(StorageError) {
        try await offPool { () throws(StorageError) in try journal.settle() }
    }
}

extension BlobFiles {
    /// Mends the blobs that stand in the journal of a process that is gone.
    func mend(_ orphan: Nursery.Orphan) throws(StorageError) {
        var isMended = false
        try BlobJournal.forEachBlob(in: orphan.path) { (journaled) throws(StorageError) in
            _ = try ensure(journaled.blob)
            isMended = true
        }
        if isMended { try FileDescriptor(opening: root, O_RDONLY | O_DIRECTORY).synchroniseFileSystem() }
    }
}
