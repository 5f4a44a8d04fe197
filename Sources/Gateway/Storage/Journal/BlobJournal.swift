import Dispatch
import Foundation
import Synchronization

/// Makes small blobs durable before their files are.
///
/// A new file costs the disk several writes, one after the other: its bytes, itself, its name. Here many blobs, also of
/// many senders, are on disk after one write to a file that was made before. Such files, the segments, take turns: while
/// one is filled, what stands in others is brought to disk where it belongs. A gateway that starts looks for journals
/// that a killed one left, and mends the files of all that stand in them.
///
/// With its bytes an instance's arrival is noted. Then the ledger's rows are made again too, should a power cut take them:
/// they are not synced by themselves, and a segment is used again when they have reached the disk. The files of such
/// blobs are not made at once either, but when nobody has come for a moment, when half of the segments are used, or when
/// somebody asks for one: a study comes in as fast as the journal takes it.
///
/// It refuses what comes while all segments wait for the disk: files that are synced by themselves are then as fast.
final class BlobJournal: Sendable {
    private static let largestEntry = JournalSegment.byteCount / 4
    /// After which nobody is expected to come any more.
    private static let quiet = DispatchTimeInterval.milliseconds(250)

    private struct State {
        var open: JournalFilling?
        var epoch: UInt64 = 0
        /// What is filled no further and not emptied yet, the oldest first.
        var full: [JournalFilling] = []
        /// Entries so far.
        var count = 0
        /// Somebody will look whether entries still come.
        var isWatched = false
    }

    private let unfiled = UnfiledBlobs()
    private let files: BlobFiles
    private let synchroniseLedger: (@Sendable () throws(StorageError) -> Void)?
    private let segments: JournalSegments
    private let state = Mutex(State())
    /// Owner of everything that is full.
    private let settling = DispatchQueue(label: "hilum.journal.settling")

    /// - Parameters:
    ///   - files: of the blobs; its own are where those grow.
    ///   - segmentCount: how many segments it has at most.
    ///   - synchroniseLedger: returns when the rows that were committed are on disk; nil: nothing vouches for rows.
    init(
        files: BlobFiles, segmentCount: Int, synchroniseLedger: (@Sendable () throws(StorageError) -> Void)?
    ) {
        self.files = files
        self.synchroniseLedger = synchroniseLedger
        segments = JournalSegments(folder: files.nursery.path, limit: segmentCount)
    }

    /// Bytes of blobs that have no file yet.
    var unfiledByteCount: Int { unfiled.byteCount }

    /// Writes blobs into the journal, without waiting for the disk.
    ///
    /// - Parameter arrival: of the instances that they are, whose rows are to depend on this; nil: no rows do.
    /// - Returns: nil when they were not taken, and their files have to be synced. Where the entry does not vouch for rows,
    ///   their files have to be put in their places.
    func enter(_ blobs: [Blob], _ arrival: ArrivalNote?) throws(StorageError) -> JournalEntry? {
        let isVouching = arrival != nil && synchroniseLedger != nil
        let note = isVouching ? arrival?.serialised ?? Data() : Data()
        let byteCounts = blobs.map { JournalRecord.byteCount(of: $0, note: note) }
        guard byteCounts.allSatisfy({ $0 <= WriteWindow.byteCount }), byteCounts.reduce(0, +) <= Self.largestEntry,
            segments.areWorthWhile(for: blobs.count)
        else { return nil }
        let records = try blobs.map { (blob) throws(StorageError) in try WaitingRecord(blob, note: note) }
        return state.withLock { state in
            guard let (filling, range) = place(records, &state) else { return nil }
            filling.dependents.enter()
            if isVouching {
                unfiled.add(records, in: filling, at: range.lowerBound)
                state.count += 1
                watch(&state)
            }
            return JournalEntry(filling: filling, range: range, isVouching: isVouching)
        }
    }

    /// Finds a place for records; nil while no segment is free.
    private func place(_ records: [WaitingRecord], _ state: inout State) -> (JournalFilling, Range<Int>)? {
        if let open = state.open, let range = open.append(records) { return (open, range) }
        guard let next = segments.take() else { return nil }
        endFilling(&state)
        state.epoch += 1
        let filling = JournalFilling(next, epoch: state.epoch)
        state.open = filling
        return filling.append(records).map { (filling, $0) }
    }

    /// Fills the open segment no further.
    private func endFilling(_ state: inout State) {
        guard let open = state.open else { return }
        state.open = nil
        state.full.append(open)
        if state.full.count > segments.fullCount { settling.async { [self] in settle(isQuiet: false) } }
    }
}

// Making files of what stands here, and emptying what is full

extension BlobJournal {
    /// Returns when a blob that stands here has its file.
    ///
    /// - Parameter passesCache: nobody is about to read it.
    func makeFile(of digest: Digest, passesCache: Bool = false) throws(StorageError) {
        try unfiled.file(digest) { (blob) throws(StorageError) in
            _ = try files.ensure(blob, passesCache: passesCache)
        }
    }

    /// Returns when nothing depends on what was entered before, and none of it would be read at a start.
    ///
    /// - Throws: what keeps files or rows from the disk.
    func settle() throws(StorageError) {
        state.withLock { endFilling(&$0) }
        try settling.sync { Result { () throws(StorageError) in try emptyFull(leaving: 0, passesCache: false) } }.get()
    }

    /// Has somebody look whether entries still come, and look again where they do.
    private func watch(_ state: inout State) {
        guard !state.isWatched else { return }
        state.isWatched = true
        let seen = state.count
        settling.asyncAfter(deadline: .now() + Self.quiet) { [weak self] in self?.look(seen) }
    }

    private func look(_ seen: Int) {
        let isQuiet = state.withLock { state in
            state.isWatched = false
            guard state.count == seen else {
                watch(&state)
                return false
            }
            return true
        }
        if isQuiet { settle(isQuiet: true) }
    }

    /// Empties segments that are full; when there is time, all of them, and makes the files of the open one too. What
    /// fails is tried again.
    private func settle(isQuiet: Bool) {
        do throws(StorageError) {
            try emptyFull(leaving: isQuiet ? 0 : segments.fullCount, passesCache: !isQuiet)
            if isQuiet, let open = state.withLock({ $0.open }) { try makeFiles(of: open, passesCache: false) }
        } catch {
            state.withLock { watch(&$0) }
        }
    }

    private func emptyFull(leaving count: Int, passesCache: Bool) throws(StorageError) {
        while let oldest = state.withLock({ $0.full.count > count ? $0.full.first : nil }) {
            try empty(oldest, passesCache: passesCache)
            state.withLock { _ = $0.full.removeFirst() }
            segments.giveBack(oldest.segment)
        }
    }

    /// Brings everything that stands in a segment to disk where it belongs.
    private func empty(_ full: JournalFilling, passesCache: Bool) throws(StorageError) {
        let segment = full.segment
        full.dependents.wait()
        full.waitForDisk()
        try makeFiles(of: full, passesCache: passesCache)
        full.dependents.wait()  // those who were reading
        do throws(StorageError) {
            try segment.synchroniseFileSystem()
        } catch {
            // The kernel tells a failed write once and forgets what it could not write: it is all written anew.
            try segment.forEachBlob { (journaled) throws(StorageError) in _ = try files.place(journaled.blob) }
            try segment.synchroniseFileSystem()
        }
        try synchroniseLedger?()
        try segment.clear()
    }

    private func makeFiles(of filling: JournalFilling, passesCache: Bool) throws(StorageError) {
        for digest in unfiled.digests(in: filling) { try makeFile(of: digest, passesCache: passesCache) }
    }

    /// Hands over what the journal in a folder holds whose process is gone, the oldest first.
    static func forEachBlob(
        in folder: String, _ body: (JournaledBlob) throws(StorageError) -> Void
    ) throws(StorageError) {
        let found = JournalSegments.paths(in: folder).compactMap { path in
            JournalSegment.epoch(of: path).map { (epoch: $0, path: path) }
        }
        for segment in found.sorted(by: { $0.epoch < $1.epoch }) {
            try JournalRecord.forEachBlob(in: JournalSegment.content(of: segment.path), body)
        }
    }
}
