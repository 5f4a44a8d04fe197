import Foundation

/// The ledger in one SQLite file, for one gateway.
///
/// An actor on a queue of its own is the only owner of the connection; every change is one transaction and synced
/// before the call returns.
package actor SQLiteLedger: Ledger {
    let database: Database
    let completion: StudyCompletion
    /// Names this process in leases.
    private let owner = UUID().uuidString
    private var leases = 0
    private let executor = SerialQueueExecutor(label: "hilum.ledger")

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// Opens or makes the file and brings its tables up to date.
    ///
    /// - Throws: `StorageError.newerSchema` when a newer Hilum wrote it.
    package init(path: String, completion: StudyCompletion) throws(StorageError) {
        let database = try Database(path: path)
        try Schema.migrate(database)
        self.database = database
        self.completion = completion
    }

    package func held(_ sopInstanceUIDs: [String]) throws(StorageError) -> [String: Digest] {
        var held: [String: Digest] = [:]
        for uid in sopInstanceUIDs { held[uid] = try heldDigest(uid) }
        return held
    }

    func heldDigest(_ sopInstanceUID: String) throws(StorageError) -> Digest? {
        try database.first("SELECT sha256 FROM instances WHERE sop_uid = ?", .text(sopInstanceUID)) {
            (row) throws(StorageError) in try row.digest(0, table: "instances")
        }
    }

    func makeLease() -> String {
        leases += 1
        return "\(owner)/\(leases)"
    }

    func log(
        _ kind: LedgerEvent, study: Int64, job: Int64? = nil, detail: String = "", at now: Timestamp
    ) throws(StorageError) {
        try database.run(
            "INSERT INTO events (at, study_id, job_id, kind, detail) VALUES (?, ?, ?, ?, ?)",
            .time(now), .integer(study), job.map(SQLValue.integer) ?? .null, .text(kind.rawValue), .text(detail))
    }
}

/// What the ledger's history tells of a study.
enum LedgerEvent: String {
    case received, answered, refused, postponed, failed, released, closed, reopened, complete
}

extension SQLRow {
    func digest(_ column: Int32, table: String) throws(StorageError) -> Digest {
        guard let digest = Digest(hexadecimal: text(column)) else {
            throw .unreadableRow(table: table, column: "sha256")
        }
        return digest
    }
}
