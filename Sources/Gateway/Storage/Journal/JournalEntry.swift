import Dispatch

/// Blobs that were entered in the journal together.
struct JournalEntry: Sendable {
    let segment: JournalSegment
    /// Which filling of the segment it belongs to.
    let epoch: UInt64
    let range: Range<Int>
    /// The arrival stands in it too: rows may depend on it.
    let isVouching: Bool

    /// To be called once, when the files of the blobs are in their places and rows that the entry vouches for are
    /// committed, or will not be.
    func end() { segment.dependents.leave() }
}
