extension SQLLedger {
    /// Keeps what an instance says of the size of its study.
    func note(_ header: InstanceHeader, of study: Int64) throws(StorageError) {
        for (column, count) in [
            ("tagged_instances", header.studyRelatedInstances), ("tagged_series", header.studyRelatedSeries),
        ] where count > 0 {
            try database.run(
                "UPDATE studies SET \(column) = ? WHERE id = ? AND \(column) < ?", .int(count), .integer(study),
                .int(count))
        }
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
    func arrivals(in study: Int64, settle: Duration?) throws(StorageError) -> StudyArrivals? {
        let found = try database.first(
            """
            SELECT instance_count - conflict_count, expected_count, tagged_instances, tagged_series FROM studies
            WHERE id = ?
            """, .integer(study)
        ) { (row) throws(StorageError) in
            var arrivals = StudyArrivals(instanceCount: row.int(0))
            arrivals.expectedCount = row.int(1)
            arrivals.taggedInstances = row.int(2)
            arrivals.taggedSeries = row.int(3)
            return arrivals
        }
        guard var arrivals = found else { return nil }
        if arrivals.taggedSeries > 0 { arrivals.series = try series(of: study) }
        let isMissing = try database.exists(
            "SELECT 1 FROM expected_series WHERE study_id = ? AND is_there = 0 LIMIT 1", .integer(study))
        if !isMissing { arrivals.settle = settle }
        return arrivals
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
