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
/// With its bytes an instance's arrival is noted. Then the ledger's rows are made again too, should a power cut take them:
/// they are not synced by themselves, and a segment is used again when they have reached the disk.
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
        /// A segment holds what could not be brought to disk elsewhere, because of this.
        var failure: StorageError?
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
    private let synchroniseLedger: (@Sendable () throws(StorageError) -> Void)?
    private let making = Mutex(Making())
    private let state = Mutex(State())
    private let writing = GroupWork()
    private let settling = DispatchQueue(label: "hilum.journal.settling")

    /// - Parameters:
    ///   - folder: where its files are.
    ///   - rewrite: writes a blob's file anew.
    ///   - synchroniseLedger: returns when the rows that were committed are on disk; nil: nothing vouches for rows.
    init(
        folder: String, rewrite: @escaping @Sendable (Blob) throws(StorageError) -> Void,
        synchroniseLedger: (@Sendable () throws(StorageError) -> Void)?
    ) {
        self.folder = folder
        self.rewrite = rewrite
        self.synchroniseLedger = synchroniseLedger
    }

    /// Hands over what the journal in a folder holds whose process is gone, the oldest first.
    static func forEachBlob(
        in folder: String, _ body: (JournaledBlob) throws(StorageError) -> Void
    ) throws(StorageError) {
        let segments = names.map { JournalSegment.content(of: folder + "/" + $0) }
        for segment in segments.sorted(by: { JournalRecord.epoch(of: $0) ?? 0 < JournalRecord.epoch(of: $1) ?? 0 }) {
            try JournalRecord.forEachBlob(in: segment, body)
        }
    }

    private static let names = ["journal.0", "journal.1"]

    /// Writes blobs into the journal, without waiting for the disk. Their files have to be put in their places, and the
    /// entry told of it.
    ///
    /// - Parameter arrival: of the instances that they are, whose rows are to depend on this; nil: no rows do.
    /// - Returns: nil when they were not taken, and their files have to be synced.
    func enter(_ blobs: [Blob], _ arrival: ArrivalNote?) throws(StorageError) -> JournalEntry? {
        let isVouching = arrival != nil && synchroniseLedger != nil
        let note = isVouching ? arrival?.serialised ?? Data() : Data()
        let byteCount = blobs.reduce(0) { $0 + JournalRecord.byteCount(of: $1, note: note) }
        guard byteCount <= Self.largestEntry, blobs.allSatisfy({ $0.bytes.count <= Self.largestBlob }),
            isReady(for: blobs.count)
        else { return nil }
        return try state.withLock { (state) throws(StorageError) in
            guard var open = place(for: byteCount, &state) else { return nil }
            let start = open.position
            do throws(StorageError) {
                open.position = try open.segment.write(blobs, note: note, at: start, epoch: open.epoch)
            } catch {
                // What was written in part is no record; what comes next must not stand behind it.
                end(open, error, &state)
                throw error
            }
            state.open = open
            open.segment.dependents.enter()
            return JournalEntry(
                segment: open.segment, epoch: open.epoch, range: start..<open.position, isVouching: isVouching)
        }
    }

    /// Where so many bytes may be written; nil while no segment is free.
    private func place(for byteCount: Int, _ state: inout State) -> Open? {
        if let open = state.open, open.position + byteCount <= JournalSegment.byteCount { return open }
        guard let next = making.withLock({ $0.free.popLast() }) else { return nil }
        endFilling(&state)
        state.epoch += 1
        next.begin()
        return Open(segment: next, epoch: state.epoch)
    }

    /// Fills the open segment no further, once what is in it is on disk.
    private func endFilling(_ state: inout State) {
        guard let full = state.open else { return }
        var failure: StorageError?
        do throws(StorageError) { try full.segment.synchronise() } catch { failure = error }
        end(full, failure, &state)
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
            open.segment.dependents.wait()
            do throws(StorageError) {
                try empty(open.segment)
            } catch {
                // The segment stays as it is, for the next start.
                making.withLock { $0.failure = error }
                return
            }
            state.withLock { $0.failures[open.epoch] = nil }
            making.withLock { $0.free.append(open.segment) }
        }
    }

    private func empty(_ segment: JournalSegment) throws(StorageError) {
        do throws(StorageError) {
            try segment.synchroniseFileSystem()
        } catch {
            // The kernel tells a failed write once and forgets what it could not write: it is all written anew.
            try segment.forEachBlob { (journaled) throws(StorageError) in try rewrite(journaled.blob) }
            try segment.synchroniseFileSystem()
        }
        try synchroniseLedger?()
        try segment.clear()
    }

    /// Returns when nothing depends on what was entered before, and none of it would be read at a start.
    ///
    /// - Throws: what keeps files or rows from the disk.
    func settle() throws(StorageError) {
        state.withLock { endFilling(&$0) }
        settling.sync {}
        if let failure = making.withLock({ $0.failure }) { throw failure }
    }
}
