import Foundation
import Gateway
import Testing

/// A kind of ledger that tests run on.
enum LedgerStore: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite = "SQLite"
    case postgreSQL = "PostgreSQL"

    var testDescription: String { rawValue }

    /// The kind of the test that runs.
    @TaskLocal static var current = LedgerStore.sqlite

    /// The ledger of a folder: a file in it, or a schema of its own on the tests' server.
    func database(_ directory: TemporaryDirectory) throws -> any SQLDatabase {
        switch self {
        case .sqlite: try SQLiteDatabase.ledger(path: directory.path + "/ledger.sqlite")
        case .postgreSQL: try PostgreSQLDatabase.ledger(try connectionString(directory))
        }
    }

    /// The same database, made where it is missing, for a connection beside the ledger.
    func connectionString(_ directory: TemporaryDirectory) throws -> String {
        let schema = "t_" + directory.path.suffix(36).filter { $0 != "-" }.lowercased()
        let server = try PostgreSQLServer.shared.get()
        let database = PostgreSQLDatabase(server.connectionString)
        try database.execute("CREATE SCHEMA IF NOT EXISTS \(schema)", []) { (_) throws(StorageError) in }
        return server.connectionString + " options=-csearch_path=\(schema)"
    }
}

/// Runs each test of a suite once on every kind of ledger.
struct BothStores: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        for store in LedgerStore.allCases {
            await LedgerStore.$current.withValue(store) {
                do {
                    try await function()
                } catch {
                    Issue.record(error, "on \(store.rawValue)")
                }
            }
        }
    }
}

extension Trait where Self == BothStores {
    static var bothStores: Self { BothStores() }
}
