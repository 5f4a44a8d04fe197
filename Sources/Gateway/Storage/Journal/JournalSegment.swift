import Dispatch
import Foundation
import Synchronization

/// One file of a journal: filled from its beginning, then, once all that it stands for is on disk elsewhere, filled again.
///
/// Its bytes are allocated before it is used, so that a sync has nothing to write but what was appended.
final class JournalSegment: Sendable {
    static let byteCount = 32 << 20

    private let path: String
    private let file: FileDescriptor
    /// Entries whose files are not in their places yet, or whose rows are not committed.
    let dependents = DispatchGroup()
    private let failure = Mutex<StorageError?>(nil)

    /// Makes the file; takes a while.
    init(path: String) throws(StorageError) {
        self.path = path
        file = try FileDescriptor(opening: path, O_RDWR | O_CREAT | O_EXCL)
        do throws(StorageError) {
            try file.fillPastCache(Self.byteCount)
            try file.synchronise()
        } catch {
            unlink(path)
            throw error
        }
    }

    /// Writes blobs one after the other, without waiting for the disk.
    ///
    /// - Returns: where the next ones begin.
    func write(_ blobs: [Blob], note: Data, at offset: Int, epoch: UInt64) throws(StorageError) -> Int {
        var position = offset
        for blob in blobs {
            try file.write(try JournalRecord.pieces(of: blob, note: note, epoch: epoch), at: position)
            position += JournalRecord.byteCount(of: blob, note: note)
        }
        return position
    }

    /// Returns when everything that was written to the segment is on disk. The kernel tells a failure once: it stays one
    /// for all of this filling.
    func synchronise() throws(StorageError) {
        try failure.withLock { (failure) throws(StorageError) in
            if let failure { throw failure }
            do throws(StorageError) {
                try file.synchroniseData()
            } catch {
                failure = error
                throw error
            }
        }
    }

    /// Returns when it is on disk that nothing stands here any more.
    func clear() throws(StorageError) {
        try file.write([Data(count: JournalRecord.alignment)], at: 0)
        try file.synchroniseData()
    }

    /// Bytes that were written, whether they are on disk or not.
    func read(_ range: Range<Int>) throws(StorageError) -> Data {
        let bytes = try file.read(from: range.lowerBound, count: range.count)
        guard bytes.count == range.count else { throw .systemCall(name: "pread", code: EIO) }
        return bytes
    }

    /// Not all of this filling could be synced.
    var hasFailed: Bool { failure.withLock { $0 != nil } }

    /// Gives back its room on the disk.
    func remove() { unlink(path) }

    /// Begins another filling.
    func begin() { failure.withLock { $0 = nil } }

    /// Returns when everything that was written to the file system is on disk: blobs and their names too.
    func synchroniseFileSystem() throws(StorageError) { try file.synchroniseFileSystem() }

    /// Hands over what it holds, one blob after the other.
    func forEachBlob(_ body: (JournaledBlob) throws(StorageError) -> Void) throws(StorageError) {
        try JournalRecord.forEachBlob(in: Self.content(of: path), body)
    }

    /// Which filling stands in the file of a segment; nil where nothing does.
    static func epoch(of path: String) -> UInt64? {
        guard let file = try? FileDescriptor(opening: path, O_RDONLY),
            let head = try? file.read(from: 0, count: JournalRecord.headBytes)
        else { return nil }
        return JournalRecord.epoch(of: head)
    }

    /// What stands in the file of a segment; empty where there is none.
    static func content(of path: String) -> Data {
        (try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)) ?? Data()
    }
}
