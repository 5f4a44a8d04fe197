extension SQLLedger {
    package func latestChange() throws(StorageError) -> ResumeToken {
        let found = try database.first("SELECT identity, change FROM ledger_state") { (row) throws(StorageError) in
            ResumeToken(ledger: row.text(0), change: row.integer(1))
        }
        guard let found else { throw .unreadableRow(table: "ledger_state", column: "change") }
        return found
    }

    package func changes(after change: Int64, limit: Int) throws(StorageError) -> [StudyChange] {
        try database.rows(
            "SELECT \(StudySummary.columns), change FROM studies WHERE change > ? ORDER BY change LIMIT ?",
            .integer(change), .int(limit)
        ) { (row) throws(StorageError) in
            StudyChange(study: try StudySummary(row), change: row.integer(StudySummary.columnCount))
        }
    }

    /// Gives a study the next number in the sequence of changes, so that those who watch see it.
    func noteChange(of study: Int64) throws(StorageError) {
        try database.run(
            "UPDATE studies SET change = ? WHERE id = ?", .integer(try nextChange()), .integer(study))
    }

    /// The next number in the sequence of changes, for one that is about to be written.
    func nextChange() throws(StorageError) -> Int64 {
        tellAfterCommit(.changed)
        return try database.increment("change", of: "ledger_state")
    }
}
