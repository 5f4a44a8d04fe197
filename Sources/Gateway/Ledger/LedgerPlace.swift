/// Where the ledger of a gateway is: makes the connections to it.
struct LedgerPlace {
    /// A connection string or URI of libpq; empty: a file in the folder.
    let postgreSQL: String
    /// Of the gateway's data.
    let folder: String

    /// Whether other gateways may have it too.
    var isShared: Bool { !postgreSQL.isEmpty }

    private var path: String { folder + "/ledger.sqlite" }

    /// Opens the ledger, which is made where it is missing.
    func open(
        completion: StudyCompletion, claimLimit: Duration?, notify: @escaping @Sendable (LedgerNotice) -> Void
    ) throws(StorageError) -> SQLLedger {
        guard isShared else {
            return try SQLLedger(path: path, completion: completion, claimLimit: claimLimit, notify: notify)
        }
        return try SQLLedger(postgreSQL: postgreSQL, completion: completion, claimLimit: claimLimit, notify: notify)
    }

    /// Another connection to a ledger that is open.
    func connect() throws(StorageError) -> sending any SQLDatabase {
        guard isShared else { return try SQLiteDatabase(path: path) }
        return PostgreSQLDatabase(postgreSQL)
    }

    /// The index of a ledger that is open.
    func index() throws(StorageError) -> SQLIndex {
        guard isShared else { return try SQLIndex(path: path) }
        return SQLIndex(PostgreSQLDatabase(postgreSQL))
    }
}
