import Foundation
import Synchronization

/// The files of blobs and their folders, without any promise of what is on disk.
struct BlobFiles: Sendable {
    let root: String
    /// Where files grow; on the same file system, so that the rename is atomic.
    let nursery: Nursery
    private let folders = BlobFolders()

    init(root: String, nursery: Nursery) {
        self.root = root
        self.nursery = nursery
    }

    func folder(of digest: Digest) -> String { root + "/" + digest.hexadecimal.prefix(2) }

    func path(of digest: Digest) -> String { folder(of: digest) + "/" + digest.hexadecimal }

    /// The blob where it is there already, whole. It is touched, so that nobody removes it before its row is there; what
    /// is gone by then is written again.
    private func held(_ blob: Blob) -> PlacedFile? {
        let path = path(of: blob.digest)
        var status = stat()
        guard stat(path, &status) == 0, status.st_size == blob.bytes.count,
            (try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)) == blob.bytes,
            utimensat(AT_FDCWD, path, nil, 0) == 0
        else { return nil }
        return try? PlacedFile(FileDescriptor(opening: path, O_RDONLY))
    }

    /// The blob in its place, written where it is not there.
    ///
    /// - Parameter passesCache: as of `place`.
    func ensure(_ blob: Blob, passesCache: Bool = false) throws(StorageError) -> PlacedFile {
        if let held = held(blob) { return held }
        return try place(blob, passesCache: passesCache)
    }

    /// Writes a blob and puts it in its place, instead of what may be there.
    ///
    /// - Parameter passesCache: whoever reads it next may have to wait for the disk; writing takes less of the processor.
    func place(_ blob: Blob, passesCache: Bool = false) throws(StorageError) -> PlacedFile {
        try folders.prepare(folder(of: blob.digest))
        if let spool = blob.spool {
            guard rename(spool.path, path(of: blob.digest)) == 0 else { throw StorageError(call: "rename") }
            return PlacedFile(try FileDescriptor(opening: path(of: blob.digest), O_RDONLY))
        }
        let grown = nursery.newPath()
        do throws(StorageError) {
            let file = try FileDescriptor(opening: grown, O_WRONLY | O_CREAT | O_EXCL)
            if passesCache { try file.writePastCache(blob.bytes) } else { try file.writeThrough(blob.bytes) }
            guard rename(grown, path(of: blob.digest)) == 0 else { throw StorageError(call: "rename") }
            return PlacedFile(file)
        } catch {
            unlink(grown)
            throw error
        }
    }

    /// Returns when the names of these blobs are on disk.
    func synchroniseNames(of blobs: [Blob]) throws(StorageError) {
        let folders = Set(blobs.map { folder(of: $0.digest) })
        for folder in folders { try Self.synchronise(directory: folder) }
        try self.folders.synchroniseNames(of: folders, in: root)
    }

    static func synchronise(directory: String) throws(StorageError) {
        try FileDescriptor(opening: directory, O_RDONLY | O_DIRECTORY).synchronise()
    }

    static func makeDirectory(_ path: String) throws(StorageError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StorageError(call: "mkdir")
        }
    }
}

/// A blob in its place, open.
final class PlacedFile {
    let file: FileDescriptor

    init(_ file: consuming FileDescriptor) {
        self.file = file
    }
}

/// The folders of blobs that this process has made or found.
private final class BlobFolders: Sendable {
    private let known = Mutex<Set<String>>([])
    /// Whose own names are on disk.
    private let synchronised = Mutex<Set<String>>([])

    /// Returns when the folder is there.
    func prepare(_ folder: String) throws(StorageError) {
        if known.withLock({ $0.contains(folder) }) { return }
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw StorageError(call: "mkdir") }
        known.withLock { _ = $0.insert(folder) }
    }

    /// Also of those that were there: whoever made them may have died before syncing.
    func synchroniseNames(of folders: Set<String>, in root: String) throws(StorageError) {
        if synchronised.withLock({ $0.isSuperset(of: folders) }) { return }
        try BlobFiles.synchronise(directory: root)
        synchronised.withLock { $0.formUnion(folders) }
    }
}
