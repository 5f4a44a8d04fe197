/// One step from tables of one version to those of the next. A step that was released is never changed.
package struct Migration: Sendable, Hashable {
    /// What the ledger remembers of a step it has taken.
    package let name: String
    /// Statements in SQLite's words; other databases translate them.
    let sql: String

    package init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }

    /// Every step, in the order in which they are taken; each has a file of its own.
    package static let all: [Migration] = [
        initialTables, provenanceAndConflicts, reviews, routing, retention, instanceIndex, results,
        statistics, traces, lossesAndCommitments, intake, ownObjects,
    ]
}
