import Foundation

/// The record of a blob in memory, as it will stand in a journal.
struct WaitingRecord: Sendable {
    let digest: Digest
    private let window = WriteWindow()
    /// Where the blob's bytes stand in it.
    let content: Range<Int>
    /// A multiple of `JournalRecord.alignment`.
    let byteCount: Int

    /// - Parameter note: of its arrival. Both together have room in a window.
    init(_ blob: Blob, note: Data) throws(StorageError) {
        digest = blob.digest
        byteCount = JournalRecord.byteCount(of: blob, note: note)
        var place = 0
        for piece in [try JournalRecord.head(of: blob, note: note), note, blob.bytes] {
            UnsafeMutableRawBufferPointer(rebasing: window.bytes[place...]).copyBytes(from: piece)
            place += piece.count
        }
        content = place - blob.bytes.count..<place
        window.clear(place..<byteCount)
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: window.bytes[..<byteCount]) }

    /// Says which filling it belongs to.
    func stamp(_ epoch: UInt64) { JournalRecord.stamp(epoch, on: window.bytes) }
}
