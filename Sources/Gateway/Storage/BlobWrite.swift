/// Blobs on their way to the disk.
package final class BlobWrite: Sendable {
    /// When the bytes are on disk, what is needed to enter the instances in the ledger again is too. It stays for as long
    /// as this value: their rows have to be committed by then.
    package let isVouchingForRows: Bool
    private let beginning: @Sendable () -> Bool
    private let synchronise: @Sendable () throws(StorageError) -> Void
    private let atEnd: @Sendable () -> Void

    /// - Parameters:
    ///   - isVouchingForRows: rows may depend on it.
    ///   - begin: has the disk begin, without waiting for it; false where it cannot.
    ///   - synchronise: returns when the bytes are on disk; may be called on several threads.
    ///   - atEnd: called when nobody waits any more.
    package init(
        isVouchingForRows: Bool = false, begin: @escaping @Sendable () -> Bool,
        synchronise: @escaping @Sendable () throws(StorageError) -> Void, atEnd: @escaping @Sendable () -> Void = {}
    ) {
        self.isVouchingForRows = isVouchingForRows
        beginning = begin
        self.synchronise = synchronise
        self.atEnd = atEnd
    }

    deinit { atEnd() }

    /// Has the disk begin; where it cannot by itself, another thread that is free writes and waits.
    package func begin() {
        guard !beginning() else { return }
        BlockingThreads.shared.asyncIfFree { [synchronise] in
            // Whoever waits is told.
            try? synchronise()
        }
    }

    /// Returns when they are there; the thread waits.
    package func wait() throws(StorageError) { try synchronise() }
}
