extension SQLLedger {
    package nonisolated func retry(
        _ studyInstanceUID: String?, at now: Timestamp
    ) async throws(StorageError) -> RetryCount? {
        try await write { ledger throws(StorageError) in
            var study: Int64?
            if let studyInstanceUID {
                guard let found = try ledger.summary(of: studyInstanceUID) else { return nil }
                study = found.number
            }
            let jobs = try ledger.givenUp(in: study)
            for job in jobs { try ledger.sendAgain(job, at: now) }
            let studies = Set(jobs.map(\.study)).union(try ledger.retryDeliveries(of: study, at: now))
            for study in studies.sorted() { try ledger.refresh(study, at: now) }
            return RetryCount(instances: jobs.reduce(0) { $0 + $1.instanceCount }, studies: studies.count)
        }
    }

    private struct GivenUp {
        let id: Int64
        let study: Int64
        let instanceCount: Int
        let waitsForStudy: Bool
        let hasFailed: Bool
    }

    /// Failed jobs, and held ones that know where to go, of one study or of all.
    private func givenUp(in study: Int64?) throws(StorageError) -> [GivenUp] {
        let ofStudy = study == nil ? "" : "AND j.study_id = ?"
        return try database.rows(
            """
            SELECT j.id, j.study_id, j.instance_count, j.route, s.completed_by, j.state
            FROM jobs j JOIN studies s ON s.id = j.study_id WHERE j.state IN (5, 6) AND j.route <> '' AND j.shadow_of IS NULL \(ofStudy) ORDER BY j.id
            """, study.map { [.integer($0)] } ?? []
        ) { (row) throws(StorageError) in
            GivenUp(
                id: row.integer(0), study: row.integer(1), instanceCount: row.int(2),
                waitsForStudy: row.text(3) == Route.planning.rawValue && row.isNull(4),
                hasFailed: row.int(5) == JobState.failed.rawValue)
        }
    }

    private func sendAgain(_ job: GivenUp, at now: Timestamp) throws(StorageError) {
        try database.run(
            "UPDATE jobs SET state = 1, reason = '', attempts = 0, failures = 0, losses = 0, next_attempt_at = ? WHERE id = ?",
            job.waitsForStudy ? .null : .time(now), .integer(job.id))
        if job.hasFailed {
            try database.run(
                "UPDATE studies SET failed_count = failed_count - ? WHERE id = ?", .int(job.instanceCount),
                .integer(job.study))
        }
        try log(.retried, study: job.study, job: job.id, at: now)
    }
}
