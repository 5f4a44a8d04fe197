import CSQLite
import Foundation

/// One SQLite connection and its prepared statements, used by one owner at a time.
package final class SQLiteDatabase: SQLDatabase {
    private let handle: OpaquePointer
    private var statements: [String: OpaquePointer] = [:]

    /// Writes the pages of a transaction to the log with one call instead of two for each.
    private static let gatheringLog = csqlite_register_gathering_log()

    /// Opens or makes the file: write-ahead log, synced at each commit but those of `holdSync`.
    package init(path: String) throws(StorageError) {
        guard Self.gatheringLog == SQLITE_OK else { throw StorageError(sqlite: Self.gatheringLog) }
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &opened, flags, CSQLITE_GATHERING_LOG)
        guard let opened, code == SQLITE_OK else {
            sqlite3_close_v2(opened)
            throw StorageError(sqlite: code)
        }
        handle = opened
        sqlite3_busy_timeout(handle, 5000)
        try script(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
            PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 8000;
            PRAGMA cache_size = -16384;
            """)
    }

    deinit {
        statements.values.forEach { sqlite3_finalize($0) }
        sqlite3_close_v2(handle)
    }

    /// Runs statements without values or rows.
    private func script(_ sql: String) throws(StorageError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw StorageError(sqlite: code) }
    }

    @discardableResult
    package func execute(
        _ sql: String, _ values: [SQLValue], each row: (any SQLRow) throws(StorageError) -> Void
    ) throws(StorageError) -> Int {
        let statement = try prepared(sql)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() { try bind(value, to: Int32(index + 1), of: statement) }
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return Int(sqlite3_changes64(handle)) }
            guard code == SQLITE_ROW else { throw StorageError(sqlite: code) }
            try row(SQLiteRow(statement: statement))
        }
    }

    /// SQLite keeps the number; asking for it in the statement (`RETURNING`) would cost as much as another.
    package func insert(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> Int64 {
        try execute(sql, values) { (_) throws(StorageError) in }
        return sqlite3_last_insert_rowid(handle)
    }

    package func define(_ sql: String) throws(StorageError) {
        try script(sql)
    }

    /// Every transaction is alone with its file.
    package var takingUntakenRows: String { "" }

    package func transaction<Value>(
        isExclusive: Bool, _ body: () throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        try run("BEGIN IMMEDIATE")
        defer { csqlite_hold_sync(handle, 0) }
        do throws(StorageError) {
            let value = try body()
            try run("COMMIT")
            return value
        } catch {
            // SQLite may have rolled back by itself, for example on a full disk.
            if sqlite3_get_autocommit(handle) == 0 { _ = try? run("ROLLBACK") }
            throw error
        }
    }

    package func holdSync() { csqlite_hold_sync(handle, 1) }

    package func synchronise() throws(StorageError) {
        let code = csqlite_sync_log(handle)
        guard code == SQLITE_OK else { throw StorageError(sqlite: code) }
    }

    /// Statements that stay prepared; searches write ever new ones.
    private static let keptStatements = 256

    private func dropStatements() {
        for (sql, statement) in statements where sqlite3_stmt_busy(statement) == 0 {
            sqlite3_finalize(statement)
            statements[sql] = nil
        }
    }

    private func prepared(_ sql: String) throws(StorageError) -> OpaquePointer {
        if let statement = statements[sql] { return statement }
        if statements.count >= Self.keptStatements { dropStatements() }
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw StorageError(sqlite: code) }
        statements[sql] = statement
        return statement
    }

    private func bind(_ value: SQLValue, to index: Int32, of statement: OpaquePointer) throws(StorageError) {
        let code =
            switch value {
            case .null: sqlite3_bind_null(statement, index)
            case .integer(let number): sqlite3_bind_int64(statement, index, number)
            case .text(let text): csqlite_bind_text(statement, index, text, Int32(clamping: text.utf8.count))
            case .blob(let bytes): Self.bind(bytes, to: index, of: statement)
            }
        guard code == SQLITE_OK else { throw StorageError(sqlite: code) }
    }

    private static func bind(_ bytes: Data, to index: Int32, of statement: OpaquePointer) -> Int32 {
        bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress else { return sqlite3_bind_zeroblob(statement, index, 0) }
            return csqlite_bind_blob(statement, index, start, UInt64(buffer.count))
        }
    }
}

/// The row a statement stands on.
private struct SQLiteRow: SQLRow {
    let statement: OpaquePointer

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

    func text(_ column: Int32) -> String {
        sqlite3_column_text(statement, column).map { String(cString: $0) } ?? ""
    }

    func blob(_ column: Int32) -> Data? {
        guard !isNull(column) else { return nil }
        let count = Int(sqlite3_column_bytes(statement, column))
        guard count > 0, let start = sqlite3_column_blob(statement, column) else { return Data() }
        return Data(bytes: start, count: count)
    }
}

extension StorageError {
    init(sqlite code: Int32) {
        self = code & 0xFF == SQLITE_FULL ? .noSpace : .database(code: code)
    }
}
