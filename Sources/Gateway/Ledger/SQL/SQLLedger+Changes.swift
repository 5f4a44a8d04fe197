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
        try advanceChange()
        try database.run(
            "UPDATE studies SET change = (SELECT change FROM ledger_state) WHERE id = ?", .integer(study))
    }

    /// Goes to the next number in the sequence of changes, for one that is about to be written.
    func advanceChange() throws(StorageError) {
        tellAfterCommit(.changed)
        try database.run("UPDATE ledger_state SET change = change + 1")
    }
}
