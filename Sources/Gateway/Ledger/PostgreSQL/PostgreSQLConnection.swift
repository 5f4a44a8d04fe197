import CPQ
import Foundation

/// One open connection to a PostgreSQL server, used by one owner at a time.
final class PostgreSQLConnection {
    private let handle: OpaquePointer
    /// Names of prepared statements.
    private var statements: [String: String] = [:]

    /// Defaults of what is not said in the connection string: a server that is gone is noticed in seconds.
    private static let defaults = [
        ("connect_timeout", "3"), ("keepalives_idle", "5"), ("keepalives_interval", "2"), ("keepalives_count", "3"),
        ("tcp_user_timeout", "10000"), ("application_name", "hilum gateway"),
    ]

    /// What every session is set to: a commit that is reported is on disk, and a gateway that hangs in a transaction
    /// does not hold up the others for ever.
    private static let session = """
        SET synchronous_commit = on; SET client_encoding = 'UTF8'; SET default_transaction_isolation = 'read committed';
        SET idle_in_transaction_session_timeout = '15s'; SET lock_timeout = '15s'; SET client_min_messages = warning
        """

    /// - Parameter string: a connection string or URI (libpq, 34.1.1).
    init(_ string: String) throws(StorageError) {
        let parameters = Self.defaults + [("dbname", string)]
        let keywords = parameters.map { strdup($0.0) }
        let values = parameters.map { strdup($0.1) }
        defer { (keywords + values).forEach { free($0) } }
        let opened = PQconnectdbParams(
            keywords.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 1)
        guard let opened, PQstatus(opened) == CONNECTION_OK else {
            PQfinish(opened)
            throw .ledgerUnreachable
        }
        handle = opened
        try script(Self.session)
    }

    deinit { PQfinish(handle) }

    /// Runs statements without values or rows.
    func script(_ sql: String) throws(StorageError) {
        let result = PQexec(handle, sql)
        defer { PQclear(result) }
        try check(result)
    }

    /// Runs one statement with `?` for its values; returns the number of rows it changed.
    func execute(
        _ sql: String, _ values: [SQLValue], each row: (any SQLRow) throws(StorageError) -> Void
    ) throws(StorageError) -> Int {
        let result = try run(prepared(sql), values)
        defer { PQclear(result) }
        for index in 0..<PQntuples(result) { try row(PostgreSQLRow(result: result, row: index)) }
        return Int(String(cString: PQcmdTuples(result))) ?? 0
    }

    /// Numbers and bytes go in text and in binary form; all of them come back in binary form.
    private func run(_ name: String, _ values: [SQLValue]) throws(StorageError) -> OpaquePointer? {
        let parameters = values.map(PostgreSQLParameter.init)
        defer { parameters.forEach { $0.bytes?.deallocate() } }
        let result = PQexecPrepared(
            handle, name, Int32(parameters.count), parameters.map { $0.bytes.map { UnsafePointer($0) } },
            parameters.map(\.count), parameters.map { $0.isBinary ? 1 : 0 }, 1)
        do throws(StorageError) {
            try check(result)
        } catch {
            PQclear(result)
            throw error
        }
        return result
    }

    private func prepared(_ sql: String) throws(StorageError) -> String {
        if let name = statements[sql] { return name }
        let name = "s\(statements.count)"
        let result = PQprepare(handle, name, Self.numbered(sql), 0, nil)
        defer { PQclear(result) }
        try check(result)
        statements[sql] = name
        return name
    }

    /// `?` becomes `$1`, `$2`, …
    private static func numbered(_ sql: String) -> String {
        var parts = sql.split(separator: "?", omittingEmptySubsequences: false)[...]
        var text = String(parts.popFirst() ?? "")
        for (index, part) in parts.enumerated() { text += "$\(index + 1)\(part)" }
        return text
    }

    private func check(_ result: OpaquePointer?) throws(StorageError) {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return
        default:
            let state = PQresultErrorField(result, Int32(UnicodeScalar("C").value)).map { String(cString: $0) } ?? ""
            throw StorageError(postgreSQL: state, isConnected: PQstatus(handle) == CONNECTION_OK)
        }
    }
}

/// A value on its way to the server.
private struct PostgreSQLParameter {
    /// nil for NULL; to be deallocated.
    let bytes: UnsafeMutablePointer<CChar>?
    let count: Int32
    let isBinary: Bool

    init(_ value: SQLValue) {
        switch value {
        case .null: self.init([], isNull: true)
        case .integer(let number): self.init(Array(String(number).utf8))
        // PostgreSQL knows no U+0000 in a text.
        case .text(let text): self.init(text.utf8.filter { $0 != 0 })
        case .blob(let data): self.init(Array(data), isBinary: true)
        }
    }

    /// Texts end with a zero, which libpq asks for.
    private init(_ content: [UInt8], isNull: Bool = false, isBinary: Bool = false) {
        count = Int32(clamping: content.count)
        self.isBinary = isBinary
        if isNull {
            bytes = nil
            return
        }
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: content.count + 1)
        for (index, byte) in content.enumerated() { copy[index] = CChar(bitPattern: byte) }
        copy[content.count] = 0
        bytes = copy
    }
}

/// One row of a result.
private struct PostgreSQLRow: SQLRow {
    let result: OpaquePointer?
    let row: Int32

    func isNull(_ column: Int32) -> Bool { PQgetisnull(result, row, column) == 1 }

    /// Integers come in network byte order, 1, 2, 4 or 8 bytes long.
    func integer(_ column: Int32) -> Int64 {
        let bytes = bytes(column)
        guard let first = bytes.first else { return 0 }
        return bytes.dropFirst().reduce(Int64(Int8(bitPattern: first))) { $0 << 8 | Int64($1) }
    }

    func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }

    func blob(_ column: Int32) -> Data? { isNull(column) ? nil : Data(bytes(column)) }

    private func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, column), count: Int(PQgetlength(result, row, column)))
    }
}

extension StorageError {
    /// - Parameter state: SQLSTATE (PostgreSQL 15, appendix A).
    init(postgreSQL state: String, isConnected: Bool) {
        self =
            switch state {
            case "53100": .noSpace  // disk_full
            case _ where !isConnected || state.hasPrefix("57P") || state.hasPrefix("08") || state.isEmpty:
                .ledgerUnreachable
            default: .query(state: state)
            }
    }
}
