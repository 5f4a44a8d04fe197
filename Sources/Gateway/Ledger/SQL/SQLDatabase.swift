package import Foundation

/// A connection to a database that speaks SQL, used by one owner at a time.
///
/// Statements are written once for all databases: `?` stands for a value, and what differs in the tables' definitions
/// is translated by `define`.
package protocol SQLDatabase: AnyObject {
    /// Runs one statement; returns the number of rows it changed.
    @discardableResult
    func execute(
        _ sql: String, _ values: [SQLValue], each row: (any SQLRow) throws(StorageError) -> Void
    ) throws(StorageError) -> Int

    /// Runs an INSERT of one row; returns its number (`id`).
    func insert(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> Int64

    /// Runs statements that make or change tables, written in SQLite's words.
    func define(_ sql: String) throws(StorageError)

    /// Runs `body` as one transaction: all of it is on disk when this returns, or none of it when it throws. `body` may
    /// run again when the connection was lost before its end.
    ///
    /// - Parameter isExclusive: true where no other gateway may write at the same time.
    func transaction<Value>(
        isExclusive: Bool, _ body: () throws(StorageError) -> Value
    ) throws(StorageError) -> Value

    /// The transaction that is under way need not be on disk when it returns, since something else there vouches for it: a
    /// power cut may take such ones back, the last first, until `synchronise` or another transaction returns.
    func holdSync()

    /// Returns when everything that was committed is on disk.
    func synchronise() throws(StorageError)

    /// What a SELECT ends with that takes rows for its transaction and leaves out those that another one has taken.
    var takingUntakenRows: String { get }
}

/// The row a query stands on; valid only inside the closure it is handed to.
package protocol SQLRow {
    func isNull(_ column: Int32) -> Bool
    func integer(_ column: Int32) -> Int64
    func text(_ column: Int32) -> String
    /// nil where the column is NULL.
    func blob(_ column: Int32) -> Data?
}

/// A value in a statement.
package enum SQLValue: Sendable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    case null
    case integer(Int64)
    case text(String)
    case blob(Data)

    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(stringLiteral value: String) { self = .text(value) }
    package init(nilLiteral: ()) { self = .null }

    static func int(_ value: Int) -> SQLValue { .integer(Int64(value)) }
    static func time(_ value: Timestamp?) -> SQLValue { value.map { .integer($0.milliseconds) } ?? .null }
}

extension SQLDatabase {
    package func holdSync() {}
    /// Every commit is.
    package func synchronise() throws(StorageError) {}

    func transaction<Value>(_ body: () throws(StorageError) -> Value) throws(StorageError) -> Value {
        try transaction(isExclusive: true, body)
    }

    /// Runs one statement; returns the number of rows it changed.
    @discardableResult
    func run(_ sql: String, _ values: SQLValue...) throws(StorageError) -> Int {
        try execute(sql, values) { (_) throws(StorageError) in }
    }

    package func insert(_ sql: String, _ values: [SQLValue]) throws(StorageError) -> Int64 {
        let found = try rows(sql + " RETURNING id", values) { (row) throws(StorageError) in row.integer(0) }.first
        guard let found else { throw .unreadableRow(table: "", column: "id") }
        return found
    }

    /// Runs an INSERT of one row; returns its number (`id`).
    func insert(_ sql: String, _ values: SQLValue...) throws(StorageError) -> Int64 { try insert(sql, values) }

    /// The rows of a query.
    func rows<Value>(
        _ sql: String, _ values: SQLValue..., read: (any SQLRow) throws(StorageError) -> Value
    ) throws(StorageError) -> [Value] {
        try rows(sql, values, read: read)
    }

    /// The rows of a query.
    func rows<Value>(
        _ sql: String, _ values: [SQLValue], read: (any SQLRow) throws(StorageError) -> Value
    ) throws(StorageError) -> [Value] {
        var found: [Value] = []
        try execute(sql, values) { (row) throws(StorageError) in found.append(try read(row)) }
        return found
    }

    /// The first row of a query.
    func first<Value>(
        _ sql: String, _ values: SQLValue..., read: (any SQLRow) throws(StorageError) -> Value
    ) throws(StorageError) -> Value? {
        try rows(sql, values, read: read).first
    }

    /// True when the query has a row.
    func exists(_ sql: String, _ values: SQLValue...) throws(StorageError) -> Bool {
        try !rows(sql, values) { (_) throws(StorageError) in () }.isEmpty
    }
}

extension SQLRow {
    func int(_ column: Int32) -> Int { Int(integer(column)) }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    func time(_ column: Int32) -> Timestamp { Timestamp(milliseconds: integer(column)) }

    func optionalTime(_ column: Int32) -> Timestamp? { isNull(column) ? nil : time(column) }

    func digest(_ column: Int32, table: String) throws(StorageError) -> Digest {
        guard let digest = Digest(hexadecimal: text(column)) else {
            throw .unreadableRow(table: table, column: "sha256")
        }
        return digest
    }
}
