import Synchronization

/// A change that waits to be written together with others.
struct PendingWrite: Sendable {
    /// Instances are entered: what follows for their studies is done once for all that come together.
    var entersInstances = false
    /// A power cut may take it back: the journal of blobs has what is needed to make it again.
    var isVouchedFor = false
    /// Makes the change; what it returns tells the waiting caller, and is called once the change is on disk.
    let attempt: @Sendable (isolated SQLLedger) throws(StorageError) -> @Sendable () -> Void
    /// The bytes that the change names: waited for when all changes of its transaction are made.
    var bytes: ArrivingBytes?
    /// Tells the waiting caller that nothing was changed.
    let fail: @Sendable (StorageError) -> Void
}

extension SQLLedger {
    /// Most changes of one transaction: a bound on how long the first of them waits for the last.
    private static let largestGroup = 256

    /// Makes one change; on disk when this returns. Changes that wait at the same time share a transaction, and one that
    /// throws takes nothing of the others with it.
    nonisolated func write<Value: Sendable>(
        entersInstances: Bool = false,
        _ change: @escaping @Sendable (isolated SQLLedger) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        let result: Result<Value, StorageError> = await withCheckedContinuation { continuation in
            let write = PendingWrite(
                entersInstances: entersInstances,
                attempt: { ledger throws(StorageError) in
                    let value = try change(ledger)
                    return { continuation.resume(returning: .success(value)) }
                },
                fail: { continuation.resume(returning: .failure($0)) })
            pending.withLock { $0.append(write) }
            Task { await self.commitPending() }
        }
        return try result.get()
    }

    /// Enters instances on the calling thread, which waits: nothing has to change hands where no other writes.
    ///
    /// - Parameter bytes: of the instances.
    nonisolated func enterWaiting<Value: Sendable>(
        _ bytes: ArrivingBytes,
        _ change: @escaping @Sendable (isolated SQLLedger) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        let outcome = WriteOutcome<Value>()
        let write = PendingWrite(
            entersInstances: true, isVouchedFor: bytes.areVouchingForRows,
            attempt: { ledger throws(StorageError) in
                let value = try change(ledger)
                return { outcome.set(.success(value)) }
            },
            bytes: bytes, fail: { outcome.set(.failure($0)) })
        pending.withLock { $0.append(write) }
        groups.wait(until: { outcome.result != nil }) { executor.sync { assumeIsolated { $0.commitPending() } } }
        guard let result = outcome.result else { throw .ledgerUnreachable }  // cannot be: it was waited for
        return try result.get()
    }

    /// Writes what waits, the oldest first. Each waiting change calls this once, so none is left behind.
    private func commitPending() {
        var group = pending.withLock { pending in
            defer { pending.removeFirst(min(pending.count, Self.largestGroup)) }
            return Array(pending.prefix(Self.largestGroup))
        }
        while !group.isEmpty {
            // Whoever waits for the last ones waits for all: they came before.
            group.last { $0.bytes != nil }?.bytes?.beginWaiting()
            var failed: Int?
            do throws(StorageError) {
                let answers = try database.transaction { () throws(StorageError) in
                    (notices, arrived, failed) = ([], [:], nil)
                    if group.allSatisfy(\.isVouchedFor) { database.holdSync() }
                    return try make(group, &failed)
                }
                tellNotices()
                for answer in answers { answer() }
                return
            } catch {
                notices = []
                guard let failed else {
                    for write in group { write.fail(error) }
                    return
                }
                // The others are made without it.
                group.remove(at: failed).fail(error)
            }
        }
    }

    /// - Parameter failed: the place in the group of the change that this throws for, if it does for one.
    private func make(
        _ group: [PendingWrite], _ failed: inout Int?
    ) throws(StorageError) -> [@Sendable () -> Void] {
        var answers: [@Sendable () -> Void] = []
        for (index, write) in group.enumerated() {
            // Others look at studies as they are with all that has come.
            if !write.entersInstances { try finishArrivals() }
            failed = index
            answers.append(try write.attempt(self))
            failed = nil
        }
        try finishArrivals()
        for (index, write) in group.enumerated() {
            failed = index
            try write.bytes?.areWritten()
            failed = nil
        }
        return answers
    }
}

/// What became of a change that its thread waits for.
private final class WriteOutcome<Value: Sendable>: Sendable {
    private let state = Mutex<Result<Value, StorageError>?>(nil)

    var result: Result<Value, StorageError>? { state.withLock { $0 } }

    func set(_ result: Result<Value, StorageError>) { state.withLock { $0 = result } }
}
