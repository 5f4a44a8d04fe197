package import Foundation

/// Bytes and their address.
package struct Blob: Sendable {
    package let digest: Digest
    package let bytes: Data
    /// Where they are written already.
    let spool: SpoolFile?

    /// Hashes `bytes`.
    package init(_ bytes: Data) throws(StorageError) {
        digest = try Digest(of: bytes)
        self.bytes = bytes
        spool = nil
    }

    /// Bytes that were hashed before.
    init(digest: Digest, bytes: Data) {
        self.digest = digest
        self.bytes = bytes
        spool = nil
    }

    /// Ends a file that came in.
    package init(_ spool: SpoolFile) throws(StorageError) {
        digest = try spool.finish()
        bytes = try spool.mapped()
        self.spool = spool
    }
}

/// Files written once, named by the SHA-256 of their bytes: `blobs/3f/3fa8…`.
///
/// A blob is written beside its place, maybe while it still comes in, and renamed. It is synced with its folder or, when
/// it is small, its bytes are synced in the journal, which may make its file later: after `store` returns, neither a
/// killed process nor a power cut loses it. A power cut before may leave a name without all of its bytes; no row names
/// it, and whoever stores those bytes again compares them.
package struct BlobStore: Sendable {
    let files: BlobFiles
    let journal: BlobJournal
    private let settling: SettlingAtEnd
    /// Journals of processes that are gone, until `recover`.
    let left: [Nursery.Orphan]

    /// Where files grow.
    var nursery: Nursery { files.nursery }

    /// Bytes of blobs that take room on the disk once more when their files are made.
    package var unfiledByteCount: Int { journal.unfiledByteCount }

    /// Opens the store in `directory`, and mends and tidies up what a killed process left.
    ///
    /// - Parameters:
    ///   - journalSegments: of 32 MiB each, which the journal has at most where it vouches for rows.
    ///   - synchroniseLedger: returns when the rows that were committed are on disk. With it the journal vouches for rows,
    ///     and `recover` has to be called; nil: it does not.
    package init(
        directory: String, journalSegments: Int = 16,
        synchroniseLedger: (@Sendable () throws(StorageError) -> Void)? = nil
    ) throws(StorageError) {
        let root = directory + "/blobs"
        try BlobFiles.makeDirectory(root)
        let files = BlobFiles(root: root, nursery: try Nursery(directory: directory + "/incoming"))
        journal = BlobJournal(
            files: files, segmentCount: synchroniseLedger == nil ? 2 : journalSegments,
            synchroniseLedger: synchroniseLedger)
        settling = SettlingAtEnd(journal: journal, nursery: files.nursery)
        self.files = files
        let orphans = Nursery.orphans(in: directory + "/incoming")
        for orphan in orphans { try files.mend(orphan) }
        try BlobFiles.synchronise(directory: directory)
        left = synchroniseLedger == nil ? [] : orphans
        if synchroniseLedger == nil { for orphan in orphans { orphan.remove() } }
    }

    /// Writes what is not there yet and returns when all of it is on disk.
    package func store(_ blobs: [Blob]) async throws(StorageError) {
        try await offPool { () throws(StorageError) in try write(blobs) }
    }

    /// As `store`, on the calling thread, which waits for the disk.
    package func write(_ blobs: [Blob]) throws(StorageError) {
        guard let entry = try journal.enter(blobs, nil) else { return try writeThrough(blobs) }
        defer { entry.end() }
        for blob in blobs { _ = try files.ensure(blob) }
        try entry.synchronise()
    }

    /// Syncs the files themselves.
    private func writeThrough(_ blobs: [Blob]) throws(StorageError) {
        var placed: [PlacedFile] = []
        for blob in blobs { placed.append(try files.ensure(blob)) }
        if placed.count > 1 { for one in placed { one.file.beginWriteBack() } }
        for one in placed { try one.file.synchronise() }
        try files.synchroniseNames(of: blobs)
    }

    /// Begins to write small blobs while the calling thread does other things: they can be read when this returns, and
    /// are on disk when the write has been waited for. Larger ones are written at once.
    ///
    /// - Parameter arrival: of the instances that they are.
    package func beginWriting(_ blobs: [Blob], _ arrival: ArrivalNote) throws(StorageError) -> BlobWrite {
        guard let entry = try journal.enter(blobs, arrival) else {
            try writeThrough(blobs)
            return BlobWrite {
                true
            } synchronise: {
            }
        }
        let writing = BlobWrite(isVouchingForRows: entry.isVouching) {
            entry.begin()
        } synchronise: { () throws(StorageError) in
            try entry.synchronise()
        } atEnd: {
            entry.end()
        }
        if !entry.isVouching { for blob in blobs { _ = try files.ensure(blob) } }
        return writing
    }

    /// The bytes of a blob.
    ///
    /// - Throws: `StorageError.missingBlob`.
    package func bytes(of digest: Digest) async throws(StorageError) -> Data {
        try await offPool { () throws(StorageError) in
            let path = try path(of: digest)
            do {
                return try Data(contentsOf: URL(fileURLWithPath: path))
            } catch {
                throw StorageError.missingBlob(digest)
            }
        }
    }

    /// Runs blocking file work on threads of its own.
    func offPool<Value: Sendable>(
        _ body: @escaping @Sendable () throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await BlockingThreads.shared.run(body)
    }
}

/// Settles the journal when nobody has the store any more; where its bytes cannot reach the disk elsewhere, it stays.
private final class SettlingAtEnd: Sendable {
    private let journal: BlobJournal
    private let nursery: Nursery

    init(journal: BlobJournal, nursery: Nursery) {
        self.journal = journal
        self.nursery = nursery
    }

    deinit {
        do { try journal.settle() } catch { nursery.keep() }
    }
}
