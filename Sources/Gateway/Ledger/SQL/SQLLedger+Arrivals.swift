extension SQLLedger {
    /// Writes what came in this transaction into its studies.
    func finishArrivals() throws(StorageError) {
        for (study, instances) in arrived.sorted(by: { $0.key < $1.key }) { try finish(instances, in: study) }
        arrived = [:]
    }

    /// New instances opened the study again; a rule may close it at once.
    private func finish(_ instances: ArrivedInstances, in study: Int64) throws(StorageError) {
        let now = instances.lastArrival
        guard var row = try row(of: study) else { return }
        if row.isEnded { try reopen(study, &row, at: now) }
        row.add(instances)
        let closing = completion.closing(try arrivals(in: study, row, settle: instances.settle), lastArrival: now)
        var closesAt: Timestamp?
        var closesBy = CompletionRule.quietPeriod
        if case .later(let moment, let rule) = closing {
            (closesAt, closesBy) = (moment, rule)
            if moment - now < .seconds(1) { tellAfterCommit(.workDue) }  // before anybody looks by himself
        }
        try advanceChange()
        try database.run(
            """
            UPDATE studies SET instance_count = ?, settled_count = ?, conflict_count = ?, expected_count = ?,
                tagged_instances = ?, tagged_series = ?, closes_at = ?, closes_by = ?,
                change = (SELECT change FROM ledger_state)
            WHERE id = ?
            """, .int(row.progress.instanceCount), .int(row.progress.settledCount), .int(row.conflictCount),
            .int(row.expectedCount), .int(row.taggedInstances), .int(row.taggedSeries), .time(closesAt),
            .text(closesBy.rawValue), .integer(study))
        switch closing {
        case .now(let rule): try close(study, by: rule, at: now)
        case .later: try rewrite(study, row, at: now)
        }
    }

    private func reopen(_ study: Int64, _ row: inout StudyRow, at now: Timestamp) throws(StorageError) {
        if row.progress.completedBy != nil { try log(.reopened, study: study, at: now) }
        try database.run(
            """
            UPDATE studies SET completed_by = NULL, completed_at = NULL, reviewed_by = NULL, reviewed_at = NULL,
                images_removed_at = NULL
            WHERE id = ?
            """, .integer(study))
        row.reopen()
    }

    /// Keeps which series a study is expected to have, and which of them are there.
    func note(_ expectation: SeriesExpectation, of study: Int64) throws(StorageError) {
        for series in expectation.expected {
            try database.run(
                "INSERT INTO expected_series (study_id, rule, series) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                .integer(study), .text(expectation.rule), .text(series))
        }
        for series in expectation.satisfied {
            try database.run(
                "UPDATE expected_series SET is_there = 1 WHERE study_id = ? AND rule = ? AND series = ?",
                .integer(study), .text(expectation.rule), .text(series))
        }
    }

    /// - Parameter settle: of the rule that expects series of the study, if one does.
    private func arrivals(
        in study: Int64, _ row: StudyRow, settle: Duration?
    ) throws(StorageError) -> StudyArrivals {
        var arrivals = StudyArrivals(instanceCount: row.progress.instanceCount - row.conflictCount)
        arrivals.expectedCount = row.expectedCount
        arrivals.taggedInstances = row.taggedInstances
        arrivals.taggedSeries = row.taggedSeries
        if arrivals.taggedSeries > 0 { arrivals.series = try series(of: study) }
        if let settle, try !isMissingSeries(study) { arrivals.settle = settle }
        return arrivals
    }

    private func isMissingSeries(_ study: Int64) throws(StorageError) -> Bool {
        try database.exists(
            "SELECT 1 FROM expected_series WHERE study_id = ? AND is_there = 0 LIMIT 1", .integer(study))
    }

    private func series(of study: Int64) throws(StorageError) -> [StudyArrivals.Series] {
        try database.rows(
            """
            SELECT count(*), max(series_related) FROM instances WHERE study_id = ? AND is_conflict = 0
            GROUP BY series_uid
            """, .integer(study)
        ) { (row) throws(StorageError) in
            StudyArrivals.Series(instanceCount: row.int(0), taggedCount: row.int(1))
        }
    }
}
