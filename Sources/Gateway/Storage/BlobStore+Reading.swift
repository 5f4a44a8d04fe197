package import Foundation

extension BlobStore {
    /// The bytes of a blob, read from disk as they are looked at.
    ///
    /// - Throws: `StorageError.missingBlob`.
    package func mapped(_ digest: Digest) throws(StorageError) -> Data {
        do {
            return try Data(contentsOf: URL(fileURLWithPath: files.path(of: digest)), options: .alwaysMapped)
        } catch {
            throw .missingBlob(digest)
        }
    }

    /// Opens a blob to be read from its beginning.
    ///
    /// - Throws: `StorageError.missingBlob`.
    func reader(of digest: Digest) throws(StorageError) -> BlobReader {
        do throws(StorageError) {
            return BlobReader(try FileDescriptor(opening: files.path(of: digest), O_RDONLY))
        } catch {
            throw .missingBlob(digest)
        }
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
        var bytes = Data(count: count)
        let found = bytes.withUnsafeMutableBytes { pread(file.number, $0.baseAddress, count, off_t(offset)) }
        guard found >= 0 else { throw StorageError(call: "pread") }
        return found == count ? bytes : bytes.prefix(found)
    }
}
