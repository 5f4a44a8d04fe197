import Foundation
import Synchronization

/// The folder of one process in which its files grow: `incoming/<process>/`. Gateways that share a store each have
/// their own; what a killed one left is taken over when another starts.
final class Nursery: Sendable {
    let path: String
    private let lock: LockHolder
    private let count = Atomic(0)
    private let isKept = Atomic(false)

    /// Makes a folder for this process below `directory`.
    init(directory: String) throws(StorageError) {
        path = directory + "/" + UUID().uuidString
        try BlobFiles.makeDirectory(path)
        let file = try FileDescriptor(opening: path + "/lock", O_RDWR | O_CREAT)
        guard file.lock() else { throw .inUse }
        lock = LockHolder(file)
    }

    deinit {
        if isKept.load(ordering: .acquiring) { return }
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The folder stays when this goes: its files are needed at the next start.
    func keep() { isKept.store(true, ordering: .releasing) }

    /// A path of which there is no file yet.
    func newPath() -> String { path + "/\(count.add(1, ordering: .relaxed).newValue)" }

    /// The folder of a process that is gone, held so that nobody else takes it over.
    struct Orphan {
        let path: String
        fileprivate let lock: LockHolder?

        func remove() { try? FileManager.default.removeItem(atPath: path) }
    }

    /// Folders that belong to nobody: their lock is not held. One that is being made right now has no lock for a
    /// moment: it is left alone while it is young.
    static func orphans(in directory: String) -> [Orphan] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.compactMap { orphan(directory + "/" + $0) }
    }

    private static func orphan(_ path: String) -> Orphan? {
        if let file = try? FileDescriptor(opening: path + "/lock", O_RDWR) {
            return file.lock() ? Orphan(path: path, lock: LockHolder(file)) : nil
        }
        var status = stat()
        let isYoung =
            stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && time(nil) - status.st_mtim.tv_sec < 60
        return isYoung ? nil : Orphan(path: path, lock: nil)
    }
}
