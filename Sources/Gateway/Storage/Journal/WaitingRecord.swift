import Foundation

/// The record of a blob in memory, as it will stand in a journal.
struct WaitingRecord: Sendable {
    private let window = WriteWindow()
    /// A multiple of `JournalRecord.alignment`.
    let byteCount: Int

    /// - Parameter note: of its arrival. Both together have room in a window.
    init(_ blob: Blob, note: Data) throws(StorageError) {
        byteCount = JournalRecord.byteCount(of: blob, note: note)
        var place = 0
        for piece in [try JournalRecord.head(of: blob, note: note), note, blob.bytes] {
            UnsafeMutableRawBufferPointer(rebasing: window.bytes[place...]).copyBytes(from: piece)
            place += piece.count
        }
        UnsafeMutableRawBufferPointer(rebasing: window.bytes[place..<byteCount])
            .initializeMemory(as: UInt8.self, repeating: 0)
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: window.bytes[..<byteCount]) }

    /// Says which filling it belongs to.
    func stamp(_ epoch: UInt64) { JournalRecord.stamp(epoch, on: window.bytes) }
}
