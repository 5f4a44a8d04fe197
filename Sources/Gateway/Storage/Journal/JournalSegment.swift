import Foundation

/// One file of a journal: filled from its beginning, then, once all that it stands for is on disk elsewhere, filled again.
///
/// Its bytes are allocated before it is used, so that a sync has nothing to write but what was appended. They pass the
/// page cache, where the file system can (`O_DIRECT`).
final class JournalSegment: Sendable {
    static let byteCount = 32 << 20
    /// Pieces that a system call takes at most (`IOV_MAX` is 1024).
    private static let piecesAtOnce = 512

    private let path: String
    private let file: FileDescriptor
    /// Nil where a write that is begun would be waited for there and then.
    private let queue: WriteQueue?

    /// Makes the file; takes a while.
    init(path: String) throws(StorageError) {
        self.path = path
        file = try FileDescriptor(opening: path, O_RDWR | O_CREAT | O_EXCL)
        do throws(StorageError) {
            let zeros = WriteWindow()
            zeros.clear(0..<zeros.bytes.count)
            var passesCache = file.setDirect(true)
            for offset in stride(from: 0, to: Self.byteCount, by: zeros.bytes.count) {
                let isPast = try file.writeDirect([UnsafeRawBufferPointer(zeros.bytes)], at: offset)
                passesCache = passesCache && isPast
            }
            try file.synchronise()
            queue = passesCache ? WriteQueue() : nil
        } catch {
            unlink(path)
            throw error
        }
    }

    /// Writes records one after the other.
    func write(_ records: [WaitingRecord], at offset: Int) throws(StorageError) {
        var (rest, position) = (records[...], offset)
        while !rest.isEmpty {
            let some = rest.prefix(Self.piecesAtOnce)
            _ = try file.writeDirect(some.map(\.bytes), at: position)
            position += some.reduce(0) { $0 + $1.byteCount }
            rest = rest.dropFirst(some.count)
        }
    }

    /// Has the disk begin to write records, one after the other; what was begun before was waited for. They have to stay
    /// until `waitForBegun` returns.
    ///
    /// - Returns: false where it cannot.
    func begin(_ records: [WaitingRecord], at offset: Int) -> Bool {
        guard let queue, records.count <= Self.piecesAtOnce else { return false }
        return queue.begin(records.map(\.bytes), in: file, at: offset)
    }

    /// Returns how many bytes of what was begun are on disk, when no more of them follow.
    func waitForBegun() -> Int { queue?.wait() ?? 0 }

    /// Returns when everything that was written to the segment is on disk.
    func synchronise() throws(StorageError) { try file.synchroniseData() }

    /// Returns when it is on disk that nothing stands here any more.
    func clear() throws(StorageError) {
        let zeros = WriteWindow()
        zeros.clear(0..<JournalRecord.alignment)
        _ = try file.writeDirect([UnsafeRawBufferPointer(rebasing: zeros.bytes[..<JournalRecord.alignment])], at: 0)
        try file.synchroniseData()
    }

    /// Bytes of one record.
    func read(_ range: Range<Int>) throws(StorageError) -> Data {
        let start = range.lowerBound / WriteWindow.alignment * WriteWindow.alignment
        let window = WriteWindow()
        let whole = window.bytes.prefix(WriteWindow.padded(range.upperBound - start))
        let found = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: whole), from: start)
        guard found >= range.upperBound - start else { throw .systemCall(name: "pread", code: EIO) }
        return Data(window.bytes[(range.lowerBound - start)..<(range.upperBound - start)])
    }

    /// Gives back its room on the disk.
    func remove() { unlink(path) }

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
