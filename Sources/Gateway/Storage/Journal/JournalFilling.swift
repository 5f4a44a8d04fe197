import Dispatch
import Synchronization

/// One filling of a segment. Its records wait in memory for the next sync, which writes them all at once.
final class JournalFilling: Sendable {
    /// Blobs at most: a bound on what is kept in memory of those that have no file.
    private static let mostBlobs = 4096

    private struct State {
        var count = 0
        /// Where the next record begins.
        var position = 0
        /// Those that were not given to the disk yet.
        var waiting: [WaitingRecord] = []
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

    /// Returns when everything up to a position is on disk. Those who wait at the same time share one sync.
    func synchronise(upTo position: Int) throws(StorageError) {
        if let outcome = outcome(position) { return try outcome.get() }
        writing.wait(until: { [self] in outcome(position) != nil }, doing: synchronise)
        try outcome(position)?.get()
    }

    /// Nil while it is not known.
    private func outcome(_ position: Int) -> Result<Void, StorageError>? {
        state.withLock { state in
            if state.synchronised >= position { return .success(()) }
            return state.failure.map { .failure($0) }
        }
    }

    private func synchronise() {
        let (records, start, end) = state.withLock { state in
            defer { state.waiting = [] }
            // One at a time is here, and none after a failure: what is written is on disk.
            return (state.waiting, state.synchronised, state.position)
        }
        let outcome = Result { () throws(StorageError) in
            try segment.write(records, at: start)
            try segment.synchronise()
        }
        state.withLock { state in
            switch outcome {
            case .success: state.synchronised = end
            case .failure(let error): state.failure = error
            }
        }
    }
}
