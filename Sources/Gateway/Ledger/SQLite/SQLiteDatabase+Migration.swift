extension SQLiteDatabase {
    /// The first version counted its steps in the file's `user_version` instead of a table.
    private static let firstVersion = 1

    /// Opens or makes the file and brings its tables up to date.
    ///
    /// - Throws: `StorageError.newerSchema` when a newer Hilum wrote it.
    package static func ledger(path: String, steps: [Migration] = Migration.all) throws(StorageError) -> SQLiteDatabase
    {
        let database = try SQLiteDatabase(path: path)
        let version = try database.first("PRAGMA user_version") { (row) throws(StorageError) in row.int(0) } ?? 0
        if version == Self.firstVersion { try database.adoptFirstVersion() }
        try Migrator.migrate(database, steps: steps)
        return database
    }

    private func adoptFirstVersion() throws(StorageError) {
        try transaction { () throws(StorageError) in
            try define(
                """
                CREATE TABLE schema_versions (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
                INSERT INTO schema_versions (name) VALUES ('\(Migration.initialTables.name)');
                PRAGMA user_version = \(Self.firstVersion + 1);
                """)
        }
    }
}
