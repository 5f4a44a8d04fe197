import CSQLite
import Foundation

/// A value in a statement.
enum SQLValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    case null
    case integer(Int64)
    case text(String)
    case blob(Data)

    init(integerLiteral value: Int64) { self = .integer(value) }
    init(stringLiteral value: String) { self = .text(value) }
    init(nilLiteral: ()) { self = .null }

    static func int(_ value: Int) -> SQLValue { .integer(Int64(value)) }
    static func time(_ value: Timestamp?) -> SQLValue { value.map { .integer($0.milliseconds) } ?? .null }
}

/// One SQLite connection and its prepared statements, used by one owner at a time.
final class Database {
    private let handle: OpaquePointer
    private var statements: [String: OpaquePointer] = [:]

    /// Opens or makes the file: write-ahead log, synced at each commit.
    init(path: String) throws(StorageError) {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard let opened, code == SQLITE_OK else {
            sqlite3_close_v2(opened)
            throw StorageError(sqlite: code)
        }
        handle = opened
        sqlite3_busy_timeout(handle, 5000)
        try script(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
            PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 67108864;
            """)
    }

    deinit {
        statements.values.forEach { sqlite3_finalize($0) }
        sqlite3_close_v2(handle)
    }

    /// Runs statements without values or rows.
    func script(_ sql: String) throws(StorageError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw StorageError(sqlite: code) }
    }

    /// Runs one statement; returns the number of rows it changed.
    @discardableResult
    func run(_ sql: String, _ values: SQLValue...) throws(StorageError) -> Int {
        _ = try step(sql, values) { (_) throws(StorageError) in }
        return Int(sqlite3_changes64(handle))
    }

    /// Runs an INSERT; returns the number of the new row.
    func insert(_ sql: String, _ values: SQLValue...) throws(StorageError) -> Int64 {
        _ = try step(sql, values) { (_) throws(StorageError) in }
        return sqlite3_last_insert_rowid(handle)
    }

    /// The rows of a query.
    func rows<Value>(
        _ sql: String, _ values: SQLValue..., read: (SQLRow) throws(StorageError) -> Value
    ) throws(StorageError) -> [Value] {
        try step(sql, values, read: read)
    }

    /// The first row of a query.
    func first<Value>(
        _ sql: String, _ values: SQLValue..., read: (SQLRow) throws(StorageError) -> Value
    ) throws(StorageError) -> Value? {
        try step(sql, values, read: read).first
    }

    /// Runs `body` as one transaction: all of it is on disk when this returns, or none of it when it throws.
    func transaction<Value>(_ body: () throws(StorageError) -> Value) throws(StorageError) -> Value {
        try run("BEGIN IMMEDIATE")
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

    private func step<Value>(
        _ sql: String, _ values: [SQLValue], read: (SQLRow) throws(StorageError) -> Value
    ) throws(StorageError) -> [Value] {
        let statement = try prepared(sql)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() { try bind(value, to: Int32(index + 1), of: statement) }
        var found: [Value] = []
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return found }
            guard code == SQLITE_ROW else { throw StorageError(sqlite: code) }
            found.append(try read(SQLRow(statement: statement)))
        }
    }

    private func prepared(_ sql: String) throws(StorageError) -> OpaquePointer {
        if let statement = statements[sql] { return statement }
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

/// The row a query stands on; valid only inside the closure it is handed to.
struct SQLRow {
    fileprivate let statement: OpaquePointer

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

    func int(_ column: Int32) -> Int { Int(integer(column)) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

    func text(_ column: Int32) -> String {
        sqlite3_column_text(statement, column).map { String(cString: $0) } ?? ""
    }

    func time(_ column: Int32) -> Timestamp { Timestamp(milliseconds: integer(column)) }

    func optionalTime(_ column: Int32) -> Timestamp? { isNull(column) ? nil : time(column) }

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
