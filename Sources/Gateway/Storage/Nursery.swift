import Foundation

/// The folder of one process in which its files grow: `incoming/<process>/`. Gateways that share a store each have
/// their own; what a killed one left is removed when another starts.
final class Nursery: Sendable {
    let path: String
    private let lock: LockHolder

    /// Makes a folder for this process below `directory`, and removes those of processes that are gone.
    init(directory: String) throws(StorageError) {
        try BlobStore.makeDirectory(directory)
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
            Self.removeIfOrphaned(directory + "/" + name)
        }
        path = directory + "/" + UUID().uuidString
        try BlobStore.makeDirectory(path)
        let file = try FileDescriptor(opening: path + "/lock", O_RDWR | O_CREAT)
        guard file.lock() else { throw .inUse }
        lock = LockHolder(file)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// A path of which there is no file yet.
    func newPath() -> String { path + "/" + UUID().uuidString }

    /// A folder whose lock nobody holds belongs to nobody. One that is being made right now has no lock for a moment:
    /// it is left alone while it is young.
    private static func removeIfOrphaned(_ path: String) {
        if let file = try? FileDescriptor(opening: path + "/lock", O_RDWR) {
            guard file.lock() else { return }
        } else {
            var status = stat()
            let isYoung =
                stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
                && time(nil) - status.st_mtim.tv_sec < 60
            if isYoung { return }
        }
        try? FileManager.default.removeItem(atPath: path)
    }
}
