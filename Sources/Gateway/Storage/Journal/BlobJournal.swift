import Dispatch
import Foundation
import Synchronization

/// Makes small blobs durable before their files are.
///
/// A new file costs the disk several writes, one after the other: its bytes, itself, its name. Here many blobs, also of
/// many senders, are on disk after one write to a file that was made before. Their own files are there already and
/// reach the disk later, many at a time. Two segments take turns: while one is filled, what stands in the other is
/// brought to disk where it belongs. A gateway that starts looks for journals that a killed one left, and mends the
/// files of all that stand in them.
///
/// It refuses what comes while both segments wait for the disk: files that are synced by themselves are then as fast.
final class BlobJournal: Sendable {
    private static let largestBlob = 1 << 20
    private static let largestGroup = JournalSegment.byteCount / 4
    /// Blobs after which it is worth its making.
    private static let firstBlobs = 32

    private final class Pending: Sendable {
        let blobs: [Blob]
        let byteCount: Int
        let outcome = Mutex<Result<Bool, StorageError>?>(nil)

        init(_ blobs: [Blob]) {
            self.blobs = blobs
            byteCount = blobs.reduce(0) { $0 + JournalRecord.byteCount(of: $1) }
        }
    }

    private struct State {
        var waiting: [Pending] = []
        var seen = 0
        var isMaking = false
        /// That can be filled from its beginning.
        var free: [JournalSegment] = []
    }

    /// The segment that is being filled.
    private struct Open {
        var segment: JournalSegment
        var position = 0
        var epoch: UInt64
    }

    private let folder: String
    private let rewrite: @Sendable (Blob) throws(StorageError) -> Void
    private let state = Mutex(State())
    private let open = Mutex<Open?>(nil)
    private let writing = GroupWork()
    private let settling = DispatchQueue(label: "hilum.journal.settling")
    private let epoch = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - folder: where its files are.
    ///   - rewrite: writes a blob's file anew.
    init(folder: String, rewrite: @escaping @Sendable (Blob) throws(StorageError) -> Void) {
        self.folder = folder
        self.rewrite = rewrite
    }

    /// Hands over what the journal in a folder holds whose process is gone.
    static func forEachBlob(
        in folder: String, _ body: (Blob) throws(StorageError) -> Void
    ) throws(StorageError) {
        for name in names { try JournalSegment.forEachBlob(at: folder + "/" + name, body) }
    }

    private static let names = ["journal.0", "journal.1"]

    /// Returns when the blobs are on disk here. Their files have to be in their places, synced or not.
    ///
    /// - Returns: false when they were not taken, and their files have to be synced.
    func take(_ blobs: [Blob]) throws(StorageError) -> Bool {
        let pending = Pending(blobs)
        guard pending.byteCount <= Self.largestGroup, blobs.allSatisfy({ $0.bytes.count <= Self.largestBlob }),
            isReady(for: blobs.count)
        else { return false }
        state.withLock { $0.waiting.append(pending) }
        writing.wait(until: { pending.outcome.withLock { $0 != nil } }, doing: writeGroup)
        return try pending.outcome.withLock { $0 }?.get() ?? false
    }

    /// Whether there are segments; has them made once that is worth while.
    private func isReady(for count: Int) -> Bool {
        let (isReady, makes) = state.withLock { state in
            state.seen += count
            let makes = !state.isMaking && state.seen > Self.firstBlobs
            if makes { state.isMaking = true }
            return (state.isMaking && !makes, makes)
        }
        if makes {
            settling.async { [self] in
                for name in Self.names {
                    guard let segment = try? JournalSegment(path: folder + "/" + name) else { return }
                    state.withLock { $0.free.append(segment) }
                }
            }
        }
        return isReady
    }

    /// Writes what waits, the oldest first.
    private func writeGroup() {
        let group = state.withLock { state -> [Pending] in
            var bytes = 0
            let group = state.waiting.prefix { pending in
                bytes += pending.byteCount
                return bytes <= Self.largestGroup
            }
            state.waiting.removeFirst(group.count)
            return Array(group)
        }
        guard !group.isEmpty else { return }
        let outcome = Result { () throws(StorageError) in try write(group) }
        for pending in group { pending.outcome.withLock { $0 = outcome } }
    }

    private func write(_ group: [Pending]) throws(StorageError) -> Bool {
        let byteCount = group.reduce(0) { $0 + $1.byteCount }
        guard var place = place(for: byteCount) else { return false }
        do throws(StorageError) {
            let blobs = group.flatMap(\.blobs)
            place.position = try place.segment.write(blobs, at: place.position, epoch: place.epoch)
            open.withLock { $0 = place }
            return true
        } catch {
            // What was written in part is no record; what comes next must not stand behind it.
            open.withLock { $0 = nil }
            settle(place.segment)
            throw error
        }
    }

    /// Where so many bytes may be written; nil while no segment is free.
    private func place(for byteCount: Int) -> Open? {
        let current = open.withLock { $0 }
        if let current, current.position + byteCount <= JournalSegment.byteCount { return current }
        guard let next = state.withLock({ $0.free.popLast() }) else { return nil }
        if let current { settle(current.segment) }
        return Open(segment: next, epoch: epoch.add(1, ordering: .relaxed).newValue)
    }

    /// Brings everything that stands in a segment to disk where it belongs, and frees it.
    private func settle(_ segment: JournalSegment) {
        settling.async { [self] in
            do throws(StorageError) {
                try segment.synchroniseFileSystem()
            } catch {
                // The kernel tells a failed write once and forgets what it could not write: it is all written anew. What
                // fails again keeps the segment as it is, for the next start.
                guard (try? rewriteAll(of: segment)) != nil else { return }
            }
            state.withLock { $0.free.append(segment) }
        }
    }

    private func rewriteAll(of segment: JournalSegment) throws(StorageError) {
        try segment.forEachBlob(rewrite)
        try segment.synchroniseFileSystem()
    }

    /// Waits until nothing depends on the journal any more; false where the disk failed.
    func close() -> Bool {
        settling.sync {}
        guard let segment = open.withLock({ $0 })?.segment else { return true }
        return (try? segment.synchroniseFileSystem()) != nil
    }
}
