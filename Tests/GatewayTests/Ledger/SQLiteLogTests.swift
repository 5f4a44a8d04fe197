import Foundation
import Gateway
import Testing

/// A transaction's pages are gathered before they go to the log.
@Suite struct SQLiteLogTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let database: SQLiteDatabase

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/test.sqlite"
        database = try SQLiteDatabase(path: path)
        try database.define("CREATE TABLE things (id INTEGER PRIMARY KEY, content BLOB NOT NULL) STRICT")
    }

    private func insert(_ number: Int, _ content: Data) throws(StorageError) {
        try database.execute(
            "INSERT INTO things (id, content) VALUES (?, ?)", [.integer(Int64(number)), .blob(content)]
        ) { (_) throws(StorageError) in }
    }

    private func contents(of database: SQLiteDatabase) throws(StorageError) -> [Data] {
        var found: [Data] = []
        try database.execute("SELECT content FROM things ORDER BY id", []) { (row) throws(StorageError) in
            found.append(row.blob(0) ?? Data())
        }
        return found
    }

    /// The files as a process that is killed now leaves them, opened.
    private func leftBehind() throws -> SQLiteDatabase {
        let copy = directory.path + "/left.sqlite"
        for end in ["", "-wal"] {
            try? FileManager.default.removeItem(atPath: copy + end)
            try FileManager.default.copyItem(atPath: path + end, toPath: copy + end)
        }
        return try SQLiteDatabase(path: copy)
    }

    @Test(arguments: [10, 5000, 95_000, 96 << 10, 300_000])
    func `what was committed is in the files at once`(size: Int) throws {
        for number in 0..<3 {
            let content = Data(repeating: UInt8(number + 1), count: size)
            try database.transaction(isExclusive: true) { () throws(StorageError) in try insert(number, content) }
            #expect(try contents(of: try leftBehind()).last == content)
        }
    }

    @Test func `commits whose sync is held back are in the files at once, through checkpoints too`() throws {
        let other = try SQLiteDatabase(path: path)
        for number in 0..<300 {
            let content = Data(repeating: UInt8(truncatingIfNeeded: number), count: number % 3 == 0 ? 200_000 : 100)
            try database.transaction(isExclusive: true) { () throws(StorageError) in
                database.holdSync()
                try insert(number, content)
            }
            if number % 50 == 0 {
                #expect(try contents(of: try leftBehind()).count == number + 1)
                #expect(try contents(of: other).last == content)
            }
        }
        try database.synchronise()
        var verdicts: [String] = []
        try leftBehind().execute("PRAGMA integrity_check", []) { (row) throws(StorageError) in
            verdicts.append(row.text(0))
        }
        #expect(verdicts == ["ok"])
    }

    @Test func `a transaction that does not fit into memory reads what it wrote, and goes back as a whole`() throws {
        let content = Data((0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) })
        try insert(1000, Data([1]))
        #expect(throws: StorageError.noSpace) {
            try database.transaction(isExclusive: true) { () throws(StorageError) in
                for number in 0..<40 { try insert(number, content) }
                let found = try contents(of: database)
                #expect(found.dropLast().allSatisfy { $0 == content })
                throw .noSpace
            }
        }
        #expect(try contents(of: database) == [Data([1])])
        #expect(try contents(of: try leftBehind()) == [Data([1])])
        try database.transaction(isExclusive: true) { () throws(StorageError) in
            for number in 0..<40 { try insert(number, content) }
        }
        #expect(try contents(of: try leftBehind()).count == 41)
        #expect(try contents(of: try SQLiteDatabase(path: path)).count == 41)
    }
}
