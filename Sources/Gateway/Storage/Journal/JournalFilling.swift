import Dispatch
import Synchronization

/// One filling of a segment. Its records wait in memory for the next sync, which writes them all at once.
final class JournalFilling: Sendable {
    /// Blobs at most: a bound on what is kept in memory of those that have no file.
    private static let mostBlobs = 4096

    /// Records that the disk writes while nobody waits for it.
    private final class Begun: @unchecked Sendable {  // `isTaken` is set before the group is left and read after
        let records: [WaitingRecord]
        let range: Range<Int>
        private let isGiven = DispatchGroup()
        private var isTaken = false

        init(_ records: [WaitingRecord], _ range: Range<Int>) {
            self.records = records
            self.range = range
            isGiven.enter()
        }

        /// - Returns: false where the disk has to be waited for.
        func give(to segment: JournalSegment) -> Bool {
            defer { isGiven.leave() }
            isTaken = segment.begin(records, at: range.lowerBound)
            return isTaken
        }

        /// Whether they are on disk, once it is known.
        func isOnDisk(in segment: JournalSegment) -> Bool {
            isGiven.wait()
            return isTaken && segment.waitForBegun() == range.count
        }
    }

    private struct State {
        var count = 0
        /// Where the next record begins.
        var position = 0
        /// Those that were not given to the disk yet.
        var waiting: [WaitingRecord] = []
        /// Up to where it was given to the disk.
        var given = 0
        /// What nobody has waited for yet, the last that was given.
        var begun: Begun?
        /// Up to where it is on disk.
        var synchronised = 0
        /// What kept the rest from the disk.
        var failure: StorageError?
    }

    let segment: JournalSegment
    /// Larger than those of the fillings before.
    let epoch: UInt64
    /// Entries whose rows are not committed, or whose files are not in their places.
    let dependents = DispatchGroup()
    private let state = Mutex(State())
    private let writing = GroupWork()

    init(_ segment: JournalSegment, epoch: UInt64) {
        self.segment = segment
        self.epoch = epoch
    }

    deinit {
        // The memory of its records is the disk's until then.
        if let begun = state.withLock({ $0.begun }) { _ = begun.isOnDisk(in: segment) }
    }

    /// Adds records, without waiting for the disk.
    ///
    /// - Returns: where they stand; nil where there is no room for them.
    func append(_ records: [WaitingRecord]) -> Range<Int>? {
        let byteCount = records.reduce(0) { $0 + $1.byteCount }
        return state.withLock { state in
            guard state.failure == nil, state.count + records.count <= Self.mostBlobs,
                state.position + byteCount <= JournalSegment.byteCount
            else { return nil }
            for record in records { record.stamp(epoch) }
            let start = state.position
            state.waiting += records
            state.count += records.count
            state.position += byteCount
            return start..<state.position
        }
    }

    /// Has the disk begin with what waits; does not wait for it.
    ///
    /// - Returns: false where it has to be waited for.
    func begin() -> Bool {
        let begun = state.withLock { state -> Begun? in
            guard state.begun == nil, state.failure == nil, !state.waiting.isEmpty else { return nil }
            let begun = Begun(state.waiting, state.given..<state.position)
            (state.waiting, state.given, state.begun) = ([], state.position, begun)
            return begun
        }
        return begun?.give(to: segment) ?? false
    }

    /// Returns when everything up to a position is on disk. Those who wait at the same time share one sync.
    func synchronise(upTo position: Int) throws(StorageError) {
        if let outcome = outcome(position) { return try outcome.get() }
        writing.wait(until: { [self] in outcome(position) != nil }, doing: synchronise)
        try outcome(position)?.get()
    }

    /// Returns when the disk is at work on nothing of it.
    func waitForDisk() {
        let isIdle: @Sendable () -> Bool = { [self] in
            state.withLock { $0.begun == nil && ($0.failure != nil || $0.synchronised == $0.position) }
        }
        writing.wait(until: isIdle, doing: synchronise)
    }

    /// Nil while it is not known.
    private func outcome(_ position: Int) -> Result<Void, StorageError>? {
        state.withLock { state in
            if state.synchronised >= position { return .success(()) }
            return state.failure.map { .failure($0) }
        }
    }

    private func synchronise() {
        // One at a time is here, and none after a failure: what was given before is on disk, but for what was begun.
        let (begun, records, range) = state.withLock { state in
            if let begun = state.begun { return (begun as Begun?, begun.records, begun.range) }
            defer { (state.waiting, state.given) = ([], state.position) }
            return (nil, state.waiting, state.given..<state.position)
        }
        let outcome = Result { () throws(StorageError) in
            if let begun, begun.isOnDisk(in: segment) { return }
            try segment.write(records, at: range.lowerBound)
            try segment.synchronise()
        }
        state.withLock { state in
            if begun != nil { state.begun = nil }
            // What stands behind a failure is as good as failed.
            guard state.failure == nil else { return }
            switch outcome {
            case .success: state.synchronised = range.upperBound
            case .failure(let error): state.failure = error
            }
        }
    }
}
