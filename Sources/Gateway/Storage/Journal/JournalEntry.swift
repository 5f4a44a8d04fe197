import Dispatch

/// Blobs that were entered in the journal together.
struct JournalEntry: Sendable {
    let filling: JournalFilling
    let range: Range<Int>
    /// The arrival stands in it too: rows may depend on it.
    let isVouching: Bool

    /// Has the disk begin with its blobs and what waits before them; false where it has to be waited for.
    func begin() -> Bool { filling.begin() }

    /// Returns when its blobs are on disk. Those who wait at the same time share one sync.
    func synchronise() throws(StorageError) { try filling.synchronise(upTo: range.upperBound) }

    /// To be called once, when the files of the blobs are in their places and rows that the entry vouches for are
    /// committed, or will not be.
    func end() { filling.dependents.leave() }
}
