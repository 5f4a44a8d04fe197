import Foundation
import Synchronization

/// The ledger in a SQL database.
///
/// An actor on a queue of its own is the only owner of the connection. Changes are written by `write`, which puts those
/// that wait at the same time into one transaction, so that many senders share one sync of the disk.
package actor SQLLedger: Ledger, Outbox {
    let database: any SQLDatabase
    let completion: StudyCompletion
    /// After which a reader's claim keeps nobody else out; nil: never.
    let claimLimit: Duration?
    /// Whether studies are queued to be reported when they become complete.
    var reportsStudies = false
    /// Changes that wait to be written.
    nonisolated let pending = Mutex<[PendingWrite]>([])
    nonisolated let groups = GroupWork()
    /// Names this process in leases.
    let owner = UUID().uuidString
    private var leases = 0
    /// Told of what is on disk.
    private let notify: @Sendable (LedgerNotice) -> Void
    /// What is told once the transaction at work is on disk.
    var notices: [LedgerNotice] = []
    /// What came, by study, in the transaction at work; its studies do not show it before `finishArrivals`.
    var arrived: [Int64: ArrivedInstances] = [:]
    nonisolated let executor = SerialQueueExecutor(label: "hilum.ledger")

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// - Parameters:
    ///   - database: its tables are up to date.
    ///   - notify: called for each notice after it is on disk.
    package init(
        _ database: sending any SQLDatabase, completion: StudyCompletion, claimLimit: Duration? = nil,
        notify: @escaping @Sendable (LedgerNotice) -> Void = { _ in }
    ) {
        self.database = database
        self.completion = completion
        self.claimLimit = claimLimit
        self.notify = notify
    }

    /// Opens or makes a ledger in one SQLite file, for one gateway.
    ///
    /// - Throws: `StorageError.newerSchema` when a newer Hilum wrote it.
    package init(
        path: String, completion: StudyCompletion, claimLimit: Duration? = nil,
        notify: @escaping @Sendable (LedgerNotice) -> Void = { _ in }
    ) throws(StorageError) {
        self.init(try SQLiteDatabase.ledger(path: path), completion: completion, claimLimit: claimLimit, notify: notify)
    }

    /// Opens a ledger in a PostgreSQL database, which several gateways may share.
    ///
    /// - Parameter string: a connection string or URI of libpq.
    /// - Throws: `StorageError.ledgerUnreachable`, `StorageError.newerSchema`.
    package init(
        postgreSQL string: String, completion: StudyCompletion, claimLimit: Duration? = nil,
        notify: @escaping @Sendable (LedgerNotice) -> Void = { _ in }
    ) throws(StorageError) {
        self.init(try PostgreSQLDatabase.ledger(string), completion: completion, claimLimit: claimLimit, notify: notify)
    }

    /// Returns when everything that was committed is on disk; the thread waits.
    package nonisolated func synchronise() throws(StorageError) {
        var outcome: Result<Void, StorageError> = .success(())
        executor.sync {
            outcome = assumeIsolated { ledger in
                Result { () throws(StorageError) in try ledger.database.synchronise() }
            }
        }
        try outcome.get()
    }

    func makeLease() -> String {
        leases += 1
        return "\(owner)/\(leases)"
    }

    func tellAfterCommit(_ notice: LedgerNotice) {
        notices.append(notice)
    }

    func tellNotices() {
        for notice in notices { notify(notice) }
        notices = []
    }

    func log(
        _ kind: LedgerEvent, study: Int64, job: Int64? = nil, detail: String = "", at now: Timestamp
    ) throws(StorageError) {
        try database.run(
            "INSERT INTO events (at, study_id, job_id, kind, detail) VALUES (?, ?, ?, ?, ?)",
            .time(now), .integer(study), job.map(SQLValue.integer) ?? .null, .text(kind.rawValue), .text(detail))
    }
}

/// What the ledger's history tells of a study besides its instances, whose rows say when each came.
enum LedgerEvent: String {
    case conflict, answered, refused, postponed, failed, released, closed, reopened, complete, retried,
        imagesRemoved, reported
}
