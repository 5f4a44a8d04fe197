package import Foundation

extension BlobStore {
    /// The bytes of a blob, read from disk as they are looked at.
    ///
    /// - Throws: `StorageError.missingBlob`.
    package func mapped(_ digest: Digest) throws(StorageError) -> Data {
        let path = try path(of: digest)
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        } catch {
            throw .missingBlob(digest)
        }
    }

    /// Opens a blob to be read from its beginning.
    ///
    /// - Throws: `StorageError.missingBlob`.
    func reader(of digest: Digest) throws(StorageError) -> BlobReader {
        let path = try path(of: digest)
        do throws(StorageError) {
            return BlobReader(try FileDescriptor(opening: path, O_RDONLY))
        } catch {
            throw .missingBlob(digest)
        }
    }

    /// Where the file of a blob is; it is made where the journal alone has its bytes.
    func path(of digest: Digest) throws(StorageError) -> String {
        try journal.makeFile(of: digest)
        return files.path(of: digest)
    }

    /// A file for the bytes of a large instance that are on their way in.
    package func spool() throws(StorageError) -> SpoolFile {
        try SpoolFile(path: nursery.newPath())
    }
}

/// One blob, piece by piece.
final class BlobReader: Sendable {
    private let file: FileDescriptor

    fileprivate init(_ file: consuming FileDescriptor) {
        self.file = file
    }

    /// The bytes from `offset` on, at most `count`; empty at the end.
    func read(from offset: Int, count: Int) throws(StorageError) -> Data {
        try file.read(from: offset, count: count)
    }
}
