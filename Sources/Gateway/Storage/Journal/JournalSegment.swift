import Foundation

/// One file of a journal: filled from its beginning, then, once all that it stands for is on disk elsewhere, filled again.
///
/// Its bytes are allocated before it is used, so that a sync has nothing to write but what was appended.
final class JournalSegment: Sendable {
    static let byteCount = 32 << 20
    private static let zeros = Data(count: 1 << 20)

    private let path: String
    private let file: FileDescriptor

    /// Makes the file; takes a while.
    init(path: String) throws(StorageError) {
        self.path = path
        file = try FileDescriptor(opening: path, O_RDWR | O_CREAT | O_EXCL)
        do throws(StorageError) {
            for _ in 0..<(Self.byteCount / Self.zeros.count) { try file.write(Self.zeros) }
            try file.synchronise()
        } catch {
            unlink(path)
            throw error
        }
    }

    /// Writes blobs one after the other and returns when they are on disk.
    ///
    /// - Returns: where the next ones begin.
    func write(_ blobs: [Blob], at offset: Int, epoch: UInt64) throws(StorageError) -> Int {
        var position = offset
        for blob in blobs {
            try file.write(JournalRecord.head(of: blob, epoch: epoch), at: position)
            try file.write(blob.bytes, at: position + JournalRecord.headBytes)
            position += JournalRecord.byteCount(of: blob)
        }
        try file.synchroniseData()
        return position
    }

    /// Returns when everything that was written to the file system is on disk: blobs and their names too.
    func synchroniseFileSystem() throws(StorageError) { try file.synchroniseFileSystem() }

    /// Hands over what it holds, one blob after the other.
    func forEachBlob(_ body: (Blob) throws(StorageError) -> Void) throws(StorageError) {
        try Self.forEachBlob(at: path, body)
    }

    /// Hands over what the segment in a file holds; nothing where there is none.
    static func forEachBlob(
        at path: String, _ body: (Blob) throws(StorageError) -> Void
    ) throws(StorageError) {
        guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped) else { return }
        try JournalRecord.forEachBlob(in: bytes, body)
    }
}
