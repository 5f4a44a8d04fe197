import Foundation

/// The gateway's folder on disk, held by one process at a time, or by several that share a ledger.
package final class DataDirectory: Sendable {
    package let path: String
    private let lockFile: LockHolder

    /// Makes the folder where it is missing and locks it until this value goes.
    ///
    /// - Parameter isShared: gateways with one ledger share it.
    /// - Throws: `StorageError.inUse` when another gateway holds it.
    package init(path: String, isShared: Bool = false) throws(StorageError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StorageError(call: "mkdir")
        }
        let file = try FileDescriptor(opening: path + "/lock", O_RDWR | O_CREAT)
        guard file.lock(isShared: isShared) else { throw .inUse }
        self.path = path
        lockFile = LockHolder(file)
    }
}

/// Keeps the lock's file open.
final class LockHolder: Sendable {
    private let file: FileDescriptor

    init(_ file: consuming FileDescriptor) {
        self.file = file
    }
}
