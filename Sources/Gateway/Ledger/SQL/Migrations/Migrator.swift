/// Brings the tables of a ledger up to date. The table `schema_versions` names the steps that were taken.
package enum Migrator {
    /// Takes the steps that are missing, all in one transaction.
    ///
    /// - Throws: `StorageError.newerSchema` when the ledger has taken a step that this version does not know.
    package static func migrate(
        _ database: any SQLDatabase, steps: [Migration] = Migration.all
    ) throws(StorageError) {
        try database.transaction { () throws(StorageError) in
            try database.define(
                """
                CREATE TABLE IF NOT EXISTS schema_versions (
                    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE
                ) STRICT
                """)
            let taken = Set(
                try database.rows("SELECT name FROM schema_versions") { (row) throws(StorageError) in row.text(0) })
            if let unknown = taken.subtracting(steps.map(\.name)).sorted().first { throw .newerSchema(unknown) }
            for step in steps where !taken.contains(step.name) {
                try database.define(step.sql)
                try database.run("INSERT INTO schema_versions (name) VALUES (?)", .text(step.name))
            }
        }
    }
}
