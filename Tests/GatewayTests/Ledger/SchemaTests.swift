import CSQLite
import Foundation
import Gateway
import Testing

@Suite struct SchemaTests {
    /// Runs SQL on the file from outside.
    private func run(_ sql: String, in directory: TemporaryDirectory) throws {
        var handle: OpaquePointer?
        try #require(sqlite3_open(directory.path + "/ledger.sqlite", &handle) == SQLITE_OK)
        defer { sqlite3_close(handle) }
        try #require(sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK)
    }

    @Test func `a ledger of a newer version is left alone`() throws {
        let fixture = try LedgerFixture()
        try run("PRAGMA user_version = 99", in: fixture.directory)
        #expect(throws: StorageError.newerSchema(found: 99, supported: Schema.steps.count)) {
            try LedgerFixture.open(fixture.directory)
        }
    }

    @Test func `missing steps are taken once, and what was there stays`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/ledger.sqlite"
        try Schema.migrate(path: path, steps: ["CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);"])
        let longer = ["never run again", "INSERT INTO a VALUES (2); CREATE TABLE b AS SELECT * FROM a;"]
        try Schema.migrate(path: path, steps: longer)
        try Schema.migrate(path: path, steps: longer)
        try run("INSERT INTO b SELECT 1 / (count(*) = 2) FROM a", in: directory)
    }

    @Test func `a step that fails leaves nothing of itself`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/ledger.sqlite"
        #expect(throws: StorageError.self) {
            try Schema.migrate(path: path, steps: ["CREATE TABLE a (x INTEGER); broken"])
        }
        try Schema.migrate(path: path, steps: ["CREATE TABLE a (x INTEGER)"])
    }

    @Test func `a file that is no database is an error`() throws {
        let directory = try TemporaryDirectory()
        try Data(repeating: 0x41, count: 5000).write(to: URL(fileURLWithPath: directory.path + "/ledger.sqlite"))
        #expect(throws: StorageError.database(code: SQLITE_NOTADB)) { try LedgerFixture.open(directory) }
    }
}
