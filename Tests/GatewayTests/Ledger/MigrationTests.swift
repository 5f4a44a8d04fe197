import CSQLite
import Foundation
import Gateway
import Testing

@Suite struct MigrationTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.path + "/ledger.sqlite" }

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Runs SQL on the file from outside.
    private func run(_ sql: String) throws {
        var handle: OpaquePointer?
        try #require(sqlite3_open(path, &handle) == SQLITE_OK)
        defer { sqlite3_close(handle) }
        try #require(sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK)
    }

    /// A ledger as the first version wrote it.
    private func makeFirstVersion() throws {
        let dump = URL(filePath: #filePath).appending(path: "../../../Fixtures/ledger/001.sql").standardizedFileURL
        try run(String(contentsOf: dump, encoding: .utf8))
    }

    @Test func `a ledger of the first version is brought up to date with all that it holds`() async throws {
        try makeFirstVersion()
        for _ in 0..<2 {
            let ledger = try LedgerFixture.open(directory)
            let radiograph = try #require(
                try await ledger.study("2.25.202953986501953544783429160851323877233"))
            #expect(radiograph.summary.progress.completedBy == .request)
            #expect(radiograph.summary.reason.contains("waiting: classifier: UNAVAILABLE"))
            #expect(radiograph.instances.map(\.isConflict) == [false])
            let series = try #require(try await ledger.study("2.25.77421266160081092264670819517607623603"))
            #expect(series.instances.count == 3)
            #expect(Set(series.instances.map(\.source)) == [InstanceSource(name: "", peer: "")])
        }
        let ledger = try LedgerFixture.open(directory)
        let late = Timestamp(milliseconds: 1_795_809_200_000)
        #expect(try await ledger.closeQuietStudies(at: late) == 1)
        #expect(
            try await ledger.claim(.planning, limit: 9, leaseDuration: .seconds(1), at: late).map(\.instances.count)
                == [3])
    }

    @Test func `a ledger that a newer version has changed is left alone`() throws {
        _ = try LedgerFixture.open(directory)
        try run("INSERT INTO schema_versions (name) VALUES ('999 from the future')")
        #expect(throws: StorageError.newerSchema("999 from the future")) { try LedgerFixture.open(directory) }
    }

    @Test func `missing steps are taken once, and what was there stays`() throws {
        let first = Migration("1", "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);")
        let second = Migration("2", "INSERT INTO a VALUES (2); CREATE TABLE b AS SELECT * FROM a;")
        _ = try SQLiteDatabase.ledger(path: path, steps: [first])
        _ = try SQLiteDatabase.ledger(path: path, steps: [first, second])
        _ = try SQLiteDatabase.ledger(path: path, steps: [first, second])
        try run("INSERT INTO b SELECT 1 / (count(*) = 2) FROM a")
    }

    @Test func `a step that fails leaves nothing of itself`() throws {
        #expect(throws: StorageError.self) {
            try SQLiteDatabase.ledger(path: path, steps: [Migration("1", "CREATE TABLE a (x INTEGER); broken")])
        }
        _ = try SQLiteDatabase.ledger(path: path, steps: [Migration("1", "CREATE TABLE a (x INTEGER)")])
    }

    @Test func `a file that is no database is an error`() throws {
        try Data(repeating: 0x41, count: 5000).write(to: URL(fileURLWithPath: path))
        #expect(throws: StorageError.database(code: SQLITE_NOTADB)) { try LedgerFixture.open(directory) }
    }
}
