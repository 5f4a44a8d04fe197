extension SQLLedger {
    package nonisolated func completeStudy(
        _ studyInstanceUID: String, at now: Timestamp
    ) async throws(StorageError) -> Bool {
        try await write { ledger throws(StorageError) in
            let found = try ledger.database.first(
                "SELECT id, completed_by FROM studies WHERE study_uid = ?", .text(studyInstanceUID)
            ) { (row) throws(StorageError) in (study: row.integer(0), isClosed: !row.isNull(1)) }
            guard let found else { return false }
            if !found.isClosed { try ledger.close(found.study, by: .request, at: now) }
            return true
        }
    }

    package nonisolated func closeQuietStudies(at now: Timestamp) async throws(StorageError) -> Int {
        guard try await !quietStudies(at: now).isEmpty else { return 0 }
        return try await write { ledger throws(StorageError) in
            let due = try ledger.quietStudies(at: now)
            for (study, rule) in due { try ledger.close(study, by: rule, at: now) }
            return due.count
        }
    }

    private func quietStudies(at now: Timestamp) throws(StorageError) -> [(study: Int64, rule: CompletionRule)] {
        try database.rows(
            """
            SELECT id, closes_by FROM studies WHERE closes_at IS NOT NULL AND closes_at <= ? ORDER BY closes_at LIMIT 500
            """, .time(now)
        ) { (row) throws(StorageError) in
            (row.integer(0), CompletionRule(rawValue: row.text(1)) ?? .quietPeriod)
        }
    }

    func close(_ study: Int64, by rule: CompletionRule, at now: Timestamp) throws(StorageError) {
        try database.run(
            "UPDATE studies SET completed_by = ?, closes_at = NULL WHERE id = ?", .text(rule.rawValue), .integer(study))
        try database.run(
            "UPDATE jobs SET next_attempt_at = ? WHERE study_id = ? AND state = 1 AND next_attempt_at IS NULL",
            .time(now), .integer(study))
        tellAfterCommit(.workDue)
        try log(.closed, study: study, detail: rule.rawValue, at: now)
        try refresh(study, at: now)
    }

    /// Writes the study's state and reason anew.
    func refresh(_ study: Int64, at now: Timestamp) throws(StorageError) {
        guard let row = try row(of: study) else { return }
        try rewrite(study, row, at: now)
        try noteChange(of: study)
    }

    func row(of study: Int64) throws(StorageError) -> StudyRow? {
        try database.first(
            "SELECT \(StudyRow.columns) FROM studies WHERE id = ?", .integer(study)
        ) { (row) throws(StorageError) in StudyRow(row) }
    }

    /// Writes what follows from a study's row and its jobs.
    func rewrite(_ study: Int64, _ row: StudyRow, at now: Timestamp) throws(StorageError) {
        let stage = row.progress.stage
        let reason = [try reason(of: study, row), try outboxTrouble(of: study)].filter { !$0.isEmpty }
            .joined(separator: "; ")
        // What stays as it is is not written: the state stands in six indexes.
        if stage != row.stage {
            try database.run("UPDATE studies SET state = ? WHERE id = ?", .int(stage.rawValue), .integer(study))
        }
        if reason != row.reason {
            try database.run("UPDATE studies SET reason = ? WHERE id = ?", .text(reason), .integer(study))
        }
        if stage == .pending, row.isComplete {
            try database.run("UPDATE studies SET completed_at = NULL WHERE id = ?", .integer(study))
        } else if stage != .pending, row.stage == .pending {
            try database.run("UPDATE studies SET completed_at = ? WHERE id = ?", .time(now), .integer(study))
            try log(.complete, study: study, at: now)
            tellAfterCommit(.reached(.answered, after: now - row.receivedAt))
            if stage == .complete { try queueReport(of: study, at: now) }
        }
    }

    private func reason(of study: Int64, _ row: StudyRow) throws(StorageError) -> String {
        let reasons = try jobReasons(of: study)
        return StudyReason(
            progress: row.progress, expectedCount: row.expectedCount, conflictCount: row.conflictCount,
            waiting: reasons[.received] ?? reasons[.dispatched], held: reasons[.held], failed: reasons[.failed],
            refused: reasons[.refused], answered: reasons[.answered]
        ).text
    }

    /// A reason for each state that a job of the study has one in.
    private func jobReasons(of study: Int64) throws(StorageError) -> [JobState: String] {
        let values = JobState.allCases.map { _ in SQLValue.integer(study) }
        return try database.rows(Self.jobReasons, values) { (row) throws(StorageError) in
            var reasons: [JobState: String] = [:]
            for (index, state) in JobState.allCases.enumerated() { reasons[state] = row.optionalText(Int32(index)) }
            return reasons
        }.first ?? [:]
    }

    /// The states stand in the text: SQLite plans a query anew for each value that a partial index may depend on.
    private static let jobReasons =
        "SELECT "
        + JobState.allCases.map {
            """
            (SELECT reason FROM jobs WHERE study_id = ? AND state = \($0.rawValue) AND reason <> '' AND shadow_of IS NULL
            LIMIT 1)
            """
        }.joined(separator: ", ")
}

/// What of a study's row its state and reason follow from.
struct StudyRow {
    static let columns = """
        instance_count, settled_count, failed_count, completed_by, state, expected_count, conflict_count, received_at,
        reason, completed_at IS NOT NULL, tagged_instances, tagged_series,
        reviewed_at IS NOT NULL OR images_removed_at IS NOT NULL
        """

    private(set) var progress: StudyProgress
    let stage: StudyStage?
    private(set) var expectedCount: Int
    private(set) var conflictCount: Int
    let receivedAt: Timestamp
    let reason: String
    /// Whether it is marked complete.
    private(set) var isComplete: Bool
    private(set) var taggedInstances: Int
    private(set) var taggedSeries: Int
    private let isReadOrRemoved: Bool

    init(_ row: any SQLRow) {
        progress = StudyProgress(row, from: 0)
        stage = StudyStage(rawValue: row.int(4))
        (expectedCount, conflictCount) = (row.int(5), row.int(6))
        (receivedAt, reason, isComplete) = (row.time(7), row.text(8), row.int(9) != 0)
        (taggedInstances, taggedSeries, isReadOrRemoved) = (row.int(10), row.int(11), row.int(12) != 0)
    }

    /// Whether something of it has to be undone when another instance comes. What is open and unread is not written
    /// again: each column that is has indexes.
    var isEnded: Bool { progress.completedBy != nil || isComplete || isReadOrRemoved }

    mutating func reopen() {
        progress = StudyProgress(
            instanceCount: progress.instanceCount, settledCount: progress.settledCount,
            failedCount: progress.failedCount, completedBy: nil)
        isComplete = false
    }

    mutating func add(_ arrived: ArrivedInstances) {
        progress = StudyProgress(
            instanceCount: progress.instanceCount + arrived.count,
            settledCount: progress.settledCount + arrived.refusedCount, failedCount: progress.failedCount,
            completedBy: progress.completedBy)
        conflictCount += arrived.conflictCount
        if arrived.expectedCount > 0 { expectedCount = arrived.expectedCount }
        taggedInstances = max(taggedInstances, arrived.taggedInstances)
        taggedSeries = max(taggedSeries, arrived.taggedSeries)
    }
}

extension StudyProgress {
    /// Reads instance_count, settled_count, failed_count and completed_by from neighbouring columns.
    init(_ row: any SQLRow, from column: Int32) {
        self.init(
            instanceCount: row.int(column), settledCount: row.int(column + 1), failedCount: row.int(column + 2),
            completedBy: CompletionRule(rawValue: row.text(column + 3)))
    }
}
