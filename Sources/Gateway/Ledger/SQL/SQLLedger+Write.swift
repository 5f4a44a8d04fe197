import Synchronization

/// A change that waits to be written together with others.
struct PendingWrite: Sendable {
    /// Makes the change; what it returns tells the waiting caller, and is called once the change is on disk.
    let attempt: @Sendable (isolated SQLLedger) throws(StorageError) -> @Sendable () -> Void
    /// Tells the waiting caller that nothing was changed.
    let fail: @Sendable (StorageError) -> Void
}

extension SQLLedger {
    /// Most changes of one transaction: a bound on how long the first of them waits for the last.
    private static let largestGroup = 256

    /// Makes one change; on disk when this returns. Changes that wait at the same time share a transaction, and one that
    /// throws takes nothing of the others with it.
    nonisolated func write<Value: Sendable>(
        _ change: @escaping @Sendable (isolated SQLLedger) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        let result: Result<Value, StorageError> = await withCheckedContinuation { continuation in
            let write = PendingWrite(
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

    /// As `write`, on the calling thread, which waits: nothing has to change hands where no other writes.
    nonisolated func writeWaiting<Value: Sendable>(
        _ change: @escaping @Sendable (isolated SQLLedger) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        let outcome = WriteOutcome<Value>()
        let write = PendingWrite(
            attempt: { ledger throws(StorageError) in
                let value = try change(ledger)
                return { outcome.set(.success(value)) }
            },
            fail: { outcome.set(.failure($0)) })
        pending.withLock { $0.append(write) }
        groups.wait(until: { outcome.result != nil }) {
            executor.sync { assumeIsolated { $0.commitPending() } }
        }
        guard let result = outcome.result else { throw .ledgerUnreachable }  // cannot be: it was waited for
        return try result.get()
    }

    /// Writes what waits, the oldest first. Each waiting change calls this once, so none is left behind.
    private func commitPending() {
        let group = pending.withLock { pending in
            defer { pending.removeFirst(min(pending.count, Self.largestGroup)) }
            return Array(pending.prefix(Self.largestGroup))
        }
        guard !group.isEmpty else { return }
        do throws(StorageError) {
            let answers = try database.transaction { () throws(StorageError) in
                notices = []
                return try attempt(group)
            }
            tellNotices()
            for answer in answers { answer() }
        } catch {
            notices = []
            for write in group { write.fail(error) }
        }
    }

    private func attempt(_ group: [PendingWrite]) throws(StorageError) -> [@Sendable () -> Void] {
        guard group.count > 1 else { return try group.map { (write) throws(StorageError) in try write.attempt(self) } }
        var answers: [@Sendable () -> Void] = []
        for write in group {
            let told = notices.count
            try database.run("SAVEPOINT change")
            do throws(StorageError) {
                answers.append(try write.attempt(self))
            } catch {
                // Where the whole transaction is gone, on a full disk for example, this throws for all of them.
                try database.run("ROLLBACK TO SAVEPOINT change")
                notices.removeSubrange(told...)
                answers.append { write.fail(error) }
            }
            try database.run("RELEASE SAVEPOINT change")
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
