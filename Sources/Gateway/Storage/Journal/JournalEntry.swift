import Dispatch

/// Blobs that were entered in the journal together.
struct JournalEntry: Sendable {
    let segment: JournalSegment
    /// Which filling of the segment it belongs to.
    let epoch: UInt64
    let range: Range<Int>

    /// To be called once, when the files of the blobs are in their places, or will not be.
    func isPlaced() { segment.unplaced.leave() }
}
