/// Blobs on their way to the disk.
package final class BlobWrite: Sendable {
    /// When the bytes are on disk, what is needed to enter the instances in the ledger again is too. It stays for as long
    /// as this value: their rows have to be committed by then.
    package let isVouchingForRows: Bool
    private let synchronise: @Sendable () throws(StorageError) -> Void
    private let atEnd: @Sendable () -> Void

    /// - Parameters:
    ///   - isVouchingForRows: rows may depend on it.
    ///   - synchronise: returns when the bytes are on disk; may be called on several threads.
    ///   - atEnd: called when nobody waits any more.
    init(
        isVouchingForRows: Bool = false, _ synchronise: @escaping @Sendable () throws(StorageError) -> Void,
        atEnd: @escaping @Sendable () -> Void = {}
    ) {
        self.isVouchingForRows = isVouchingForRows
        self.synchronise = synchronise
        self.atEnd = atEnd
    }

    deinit { atEnd() }

    /// Has another thread wait for the disk already, where one is free.
    func begin() {
        BlockingThreads.shared.asyncIfFree { [synchronise] in
            // Whoever waits is told.
            try? synchronise()
        }
    }

    /// Returns when they are there; the thread waits.
    package func wait() throws(StorageError) { try synchronise() }
}
