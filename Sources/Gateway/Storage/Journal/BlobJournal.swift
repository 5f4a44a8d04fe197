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
    private static let largestEntry = JournalSegment.byteCount / 4
    /// Blobs after which it is worth its making.
    private static let firstBlobs = 32

    private struct Making {
        var seen = 0
        var isMaking = false
        /// Segments that can be filled from their beginnings.
        var free: [JournalSegment] = []
        /// A segment holds what could not be brought to disk elsewhere.
        var isStuck = false
    }

    /// The segment that is being filled.
    private struct Open {
        let segment: JournalSegment
        let epoch: UInt64
        var position = 0
        /// Up to where it is on disk.
        var synchronised = 0
    }

    private struct State {
        var open: Open?
        var epoch: UInt64 = 0
        /// What kept the bytes of a filling from the disk, until they are on disk elsewhere.
        var failures: [UInt64: StorageError] = [:]
    }

    private let folder: String
    private let rewrite: @Sendable (Blob) throws(StorageError) -> Void
    private let making = Mutex(Making())
    private let state = Mutex(State())
    private let writing = GroupWork()
    private let settling = DispatchQueue(label: "hilum.journal.settling")

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

    /// Writes blobs into the journal, without waiting for the disk. Their files have to be put in their places, and the
    /// entry told of it.
    ///
    /// - Returns: nil when they were not taken, and their files have to be synced.
    func enter(_ blobs: [Blob]) throws(StorageError) -> JournalEntry? {
        let byteCount = blobs.reduce(0) { $0 + JournalRecord.byteCount(of: $1) }
        guard byteCount <= Self.largestEntry, blobs.allSatisfy({ $0.bytes.count <= Self.largestBlob }),
            isReady(for: blobs.count)
        else { return nil }
        return try state.withLock { (state) throws(StorageError) in
            guard var open = place(for: byteCount, &state) else { return nil }
            let start = open.position
            do throws(StorageError) {
                open.position = try open.segment.write(blobs, at: start, epoch: open.epoch)
            } catch {
                // What was written in part is no record; what comes next must not stand behind it.
                end(open, error, &state)
                throw error
            }
            state.open = open
            open.segment.unplaced.enter()
            return JournalEntry(segment: open.segment, epoch: open.epoch, range: start..<open.position)
        }
    }

    /// Where so many bytes may be written; nil while no segment is free.
    private func place(for byteCount: Int, _ state: inout State) -> Open? {
        if let open = state.open, open.position + byteCount <= JournalSegment.byteCount { return open }
        guard let next = making.withLock({ $0.free.popLast() }) else { return nil }
        if let full = state.open {
            var failure: StorageError?
            do throws(StorageError) { try full.segment.synchronise() } catch { failure = error }
            end(full, failure, &state)
        }
        state.epoch += 1
        next.begin()
        return Open(segment: next, epoch: state.epoch)
    }

    /// Fills a segment no further.
    private func end(_ open: Open, _ failure: StorageError?, _ state: inout State) {
        state.open = nil
        state.failures[open.epoch] = failure
        settle(open)
    }

    /// Returns when the blobs of an entry are on disk. Those who wait at the same time share one sync.
    func synchronise(_ entry: JournalEntry) throws(StorageError) {
        writing.wait(until: { [self] in outcome(of: entry) != nil }, doing: { synchroniseFilling(entry.epoch) })
        try outcome(of: entry)?.get()
    }

    /// Nil while the entry is not known to be on disk.
    private func outcome(of entry: JournalEntry) -> Result<Void, StorageError>? {
        state.withLock { state in
            if let failure = state.failures[entry.epoch] { return .failure(failure) }
            // What is filled no further was synced before that.
            guard let open = state.open, open.epoch == entry.epoch else { return .success(()) }
            return open.synchronised >= entry.range.upperBound ? .success(()) : nil
        }
    }

    private func synchroniseFilling(_ epoch: UInt64) {
        guard let open = state.withLock({ $0.open }), open.epoch == epoch else { return }
        let outcome = Result { () throws(StorageError) in try open.segment.synchronise() }
        state.withLock { state in
            guard let now = state.open, now.epoch == epoch else { return }
            switch outcome {
            case .success: state.open?.synchronised = open.position
            case .failure(let error): end(now, error, &state)
            }
        }
    }

    /// Whether there are segments; has them made once that is worth while.
    private func isReady(for count: Int) -> Bool {
        let (isReady, makes) = making.withLock { making in
            making.seen += count
            let makes = !making.isMaking && making.seen > Self.firstBlobs
            if makes { making.isMaking = true }
            return (making.isMaking && !makes, makes)
        }
        if makes {
            settling.async { [self] in
                for name in Self.names {
                    guard let segment = try? JournalSegment(path: folder + "/" + name) else { return }
                    making.withLock { $0.free.append(segment) }
                }
            }
        }
        return isReady
    }

    /// Brings everything that stands in a segment to disk where it belongs, and frees it.
    private func settle(_ open: Open) {
        settling.async { [self] in
            open.segment.unplaced.wait()
            do throws(StorageError) {
                try open.segment.synchroniseFileSystem()
            } catch {
                // The kernel tells a failed write once and forgets what it could not write: it is all written anew. What
                // fails again keeps the segment as it is, for the next start.
                guard (try? rewriteAll(of: open.segment)) != nil else {
                    making.withLock { $0.isStuck = true }
                    return
                }
            }
            state.withLock { $0.failures[open.epoch] = nil }
            making.withLock { $0.free.append(open.segment) }
        }
    }

    private func rewriteAll(of segment: JournalSegment) throws(StorageError) {
        try segment.forEachBlob(rewrite)
        try segment.synchroniseFileSystem()
    }

    /// Waits until nothing depends on the journal any more; false where the disk failed.
    func close() -> Bool {
        settling.sync {}
        guard !making.withLock({ $0.isStuck }) else { return false }
        guard let segment = state.withLock({ $0.open })?.segment else { return true }
        segment.unplaced.wait()
        return (try? segment.synchroniseFileSystem()) != nil
    }
}
