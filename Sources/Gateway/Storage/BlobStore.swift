import Dispatch
package import Foundation

/// Bytes and their address.
package struct Blob: Sendable {
    package let digest: Digest
    package let bytes: Data

    /// Hashes `bytes`.
    package init(_ bytes: Data) throws(StorageError) {
        digest = try Digest(of: bytes)
        self.bytes = bytes
    }
}

/// Files written once, named by the SHA-256 of their bytes: `blobs/3f/3fa8…`.
///
/// A blob is written beside its place, synced, renamed, and its directory synced: after `store` returns, neither a
/// killed process nor a power cut loses it, and a name never stands for half a file.
package struct BlobStore: Sendable {
    let root: String
    /// Where files grow; on the same file system, so that the rename is atomic.
    let nursery: Nursery
    private let queue = DispatchQueue(label: "hilum.blobs", attributes: .concurrent)

    /// Opens the store in `directory` and removes what a killed process left half written.
    package init(directory: String) throws(StorageError) {
        root = directory + "/blobs"
        try Self.makeDirectory(root)
        nursery = try Nursery(directory: directory + "/incoming")
        try Self.synchronise(directory: directory)
    }

    /// Writes what is not there yet and returns when all of it is on disk.
    package func store(_ blobs: [Blob]) async throws(StorageError) {
        try await offPool { () throws(StorageError) in try storeBlocking(blobs) }
    }

    /// The bytes of a blob.
    ///
    /// - Throws: `StorageError.missingBlob`.
    package func bytes(of digest: Digest) async throws(StorageError) -> Data {
        try await offPool { () throws(StorageError) in
            do {
                return try Data(contentsOf: URL(fileURLWithPath: path(of: digest)))
            } catch {
                throw StorageError.missingBlob(digest)
            }
        }
    }

    private func storeBlocking(_ blobs: [Blob]) throws(StorageError) {
        var directories: Set<String> = []
        for blob in blobs {
            let folder = try folder(of: blob.digest)
            try place(blob.bytes, at: path(of: blob.digest))
            // Synced even where the file was there: whoever renamed it may have died before syncing.
            directories.insert(folder)
        }
        for directory in directories { try Self.synchronise(directory: directory) }
    }

    private func place(_ bytes: Data, at path: String) throws(StorageError) {
        var status = stat()
        // Touched, so that nobody removes it before its row is there. What is gone by now is written again.
        if stat(path, &status) == 0, status.st_size == bytes.count, utimensat(AT_FDCWD, path, nil, 0) == 0 { return }
        let grown = nursery.newPath()
        do throws(StorageError) {
            let file = try FileDescriptor(opening: grown, O_WRONLY | O_CREAT | O_EXCL)
            try file.write(bytes)
            try file.synchronise()
        } catch {
            unlink(grown)
            throw error
        }
        guard rename(grown, path) == 0 else {
            let failure = StorageError(call: "rename")
            unlink(grown)
            throw failure
        }
    }

    func path(of digest: Digest) -> String {
        "\(root)/\(digest.hexadecimal.prefix(2))/\(digest.hexadecimal)"
    }

    private func folder(of digest: Digest) throws(StorageError) -> String {
        let folder = "\(root)/\(digest.hexadecimal.prefix(2))"
        if mkdir(folder, 0o700) == 0 {
            try Self.synchronise(directory: root)
        } else if errno != EEXIST {
            throw StorageError(call: "mkdir")
        }
        return folder
    }

    static func makeDirectory(_ path: String) throws(StorageError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StorageError(call: "mkdir")
        }
    }

    private static func synchronise(directory: String) throws(StorageError) {
        try FileDescriptor(opening: directory, O_RDONLY | O_DIRECTORY).synchronise()
    }

    /// Runs blocking file work on threads of its own.
    func offPool<Value: Sendable>(
        _ body: @escaping @Sendable () throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        let result: Result<Value, StorageError> = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: Result(catching: body)) }
        }
        return try result.get()
    }
}
