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

    @Test func `objects of our own that an older version has in its index keep their files`() async throws {
        let before = Migration.all.prefix { $0.name != "013 own objects" }
        _ = try SQLiteDatabase.ledger(path: path, steps: Array(before))
        let (own, taken, left) = (try Digest(of: Data([1])), try Digest(of: Data([2])), try Digest(of: Data([3])))
        let rows = [(own, "1.1"), (taken, "1.2")].map { digest, uid in
            """
            INSERT INTO indexed_instances (series_id, sop_uid, sop_class_uid, transfer_syntax_uid, instance_number,
                frame_count, pixel_rows, pixel_columns, bits_allocated, sha256, byte_count)
                SELECT id, '\(uid)', '', '', '', '', '', '', '', '\(digest.hexadecimal)', 1 FROM indexed_series;
            """
        }
        try run(
            """
            INSERT INTO studies (id, study_uid, state, priority, flag, modality, received_at)
                VALUES (1, '2.1', 1, 0, '', 'MR', 0);
            INSERT INTO jobs (id, study_id, route, series_uid, state) VALUES (1, 1, '', '3.1', 1);
            INSERT INTO instances (sop_uid, study_id, job_id, series_uid, sop_class_uid, modality, body_part, sha256,
                byte_count, received_at) VALUES ('1.2', 1, 1, '3.1', '', 'MR', '', '\(taken.hexadecimal)', 1, 0);
            INSERT INTO indexed_studies VALUES (1, '2.1', '', '', '', '', '', '', '', '', '', '', '', '', '');
            INSERT INTO indexed_series VALUES (1, 1, '3.1', '', '', '', '', '', '', '', '');
            """ + rows.joined())
        let ledger = try LedgerFixture.open(directory)
        #expect(try await ledger.named([own, taken, left]) == [own, taken])
        try run("INSERT INTO ledger_state SELECT 1, '', 0 WHERE (SELECT sum(is_own) FROM indexed_instances) != 1")
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
