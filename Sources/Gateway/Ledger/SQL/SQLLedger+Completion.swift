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

    /// New instances opened the study again; a rule may close it at once.
    func instancesArrived(
        in study: Int64, expectedCount: Int, settle: Duration?, at now: Timestamp
    ) throws(StorageError) {
        if expectedCount > 0 {
            try database.run(
                "UPDATE studies SET expected_count = ? WHERE id = ?", .int(expectedCount), .integer(study))
        }
        try reopen(study, at: now)
        guard let arrivals = try arrivals(in: study, settle: settle) else { return }
        switch completion.closing(arrivals, lastArrival: now) {
        case .now(let rule):
            try close(study, by: rule, at: now)
        case .later(let moment, let rule):
            if moment - now < .seconds(1) { tellAfterCommit(.workDue) }  // before anybody looks by himself
            try database.run(
                "UPDATE studies SET closes_at = ?, closes_by = ? WHERE id = ?", .time(moment), .text(rule.rawValue),
                .integer(study))
            try refresh(study, at: now)
        }
    }

    /// A study that is open and unread is not written: each column that is has indexes.
    private func reopen(_ study: Int64, at now: Timestamp) throws(StorageError) {
        let wasClosed = try database.first(
            """
            SELECT completed_by IS NOT NULL FROM studies WHERE id = ? AND (completed_by IS NOT NULL
                OR completed_at IS NOT NULL OR reviewed_at IS NOT NULL OR images_removed_at IS NOT NULL)
            """, .integer(study)
        ) { (row) throws(StorageError) in row.int(0) != 0 }
        guard let wasClosed else { return }
        if wasClosed { try log(.reopened, study: study, at: now) }
        try database.run(
            """
            UPDATE studies SET completed_by = NULL, completed_at = NULL, reviewed_by = NULL, reviewed_at = NULL,
                images_removed_at = NULL
            WHERE id = ?
            """, .integer(study))
    }

    private func close(_ study: Int64, by rule: CompletionRule, at now: Timestamp) throws(StorageError) {
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
        let found = try database.first(
            """
            SELECT instance_count, settled_count, failed_count, completed_by, state, expected_count, conflict_count,
                received_at, reason, completed_at IS NOT NULL
            FROM studies WHERE id = ?
            """, .integer(study)
        ) { (row) throws(StorageError) in
            (
                progress: StudyProgress(row, from: 0), stage: StudyStage(rawValue: row.int(4)), expected: row.int(5),
                conflicts: row.int(6), receivedAt: row.time(7), reason: row.text(8), isComplete: row.int(9) != 0
            )
        }
        guard let found else { return }
        let stage = found.progress.stage
        let reason = [
            try reason(of: study, found.progress, expectedCount: found.expected, conflictCount: found.conflicts),
            try outboxTrouble(of: study),
        ].filter { !$0.isEmpty }.joined(separator: "; ")
        // What stays as it is is not written: the state stands in six indexes.
        if stage != found.stage {
            try database.run("UPDATE studies SET state = ? WHERE id = ?", .int(stage.rawValue), .integer(study))
        }
        if reason != found.reason {
            try database.run("UPDATE studies SET reason = ? WHERE id = ?", .text(reason), .integer(study))
        }
        if stage == .pending, found.isComplete {
            try database.run("UPDATE studies SET completed_at = NULL WHERE id = ?", .integer(study))
        } else if stage != .pending, found.stage == .pending {
            try database.run("UPDATE studies SET completed_at = ? WHERE id = ?", .time(now), .integer(study))
            try log(.complete, study: study, at: now)
            tellAfterCommit(.reached(.answered, after: now - found.receivedAt))
            if stage == .complete { try queueReport(of: study, at: now) }
        }
        try noteChange(of: study)
    }

    private func reason(
        of study: Int64, _ progress: StudyProgress, expectedCount: Int, conflictCount: Int
    ) throws(StorageError) -> String {
        StudyReason(
            progress: progress, expectedCount: expectedCount, conflictCount: conflictCount,
            waiting: try anyReason(of: study, in: [.received, .dispatched]),
            held: try anyReason(of: study, in: [.held]),
            failed: progress.failedCount > 0 ? try anyReason(of: study, in: [.failed]) : nil,
            refused: progress.settledCount > 0 ? try anyReason(of: study, in: [.refused]) : nil,
            answered: progress.settledCount > 0 ? try anyReason(of: study, in: [.answered]) : nil
        ).text
    }

    private func anyReason(of study: Int64, in states: [JobState]) throws(StorageError) -> String? {
        for state in states {
            let found = try database.first(
                "SELECT reason FROM jobs WHERE study_id = ? AND state = ? AND reason <> '' AND shadow_of IS NULL LIMIT 1",
                .integer(study), .int(state.rawValue)
            ) { (row) throws(StorageError) in row.text(0) }
            if let found { return found }
        }
        return nil
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
