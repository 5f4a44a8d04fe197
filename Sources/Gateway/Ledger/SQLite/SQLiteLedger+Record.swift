extension SQLiteLedger {
    package func record(
        _ instances: [NewInstance], expectedCount: Int, at now: Timestamp
    ) throws(StorageError) -> [RecordOutcome] {
        try database.transaction { () throws(StorageError) in
            var outcomes: [RecordOutcome] = []
            var touched: Set<Int64> = []
            for instance in instances {
                if let held = try heldDigest(instance.header.sopInstanceUID) {
                    outcomes.append(held == instance.digest ? .duplicate : .conflict(held: held))
                    continue
                }
                touched.insert(try enter(instance, at: now))
                outcomes.append(.accepted)
            }
            for study in touched.sorted() { try instancesArrived(in: study, expectedCount: expectedCount, at: now) }
            return outcomes
        }
    }

    /// Writes the rows of one instance; returns the number of its study.
    private func enter(_ instance: NewInstance, at now: Timestamp) throws(StorageError) -> Int64 {
        let header = instance.header
        let study = try studyNumber(of: header, at: now)
        let job = try jobNumber(of: instance, in: study, at: now)
        _ = try database.insert(
            """
            INSERT INTO instances
                (sop_uid, study_id, job_id, series_uid, sop_class_uid, modality, body_part, sha256, byte_count, received_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .text(header.sopInstanceUID), .integer(study), .integer(job), .text(header.seriesInstanceUID),
            .text(header.sopClassUID), .text(header.modality), .text(header.bodyPartExamined),
            .text(instance.digest.hexadecimal), .int(instance.byteCount), .time(now))
        try database.run(
            "UPDATE studies SET instance_count = instance_count + 1 WHERE id = ?", .integer(study))
        try log(.received, study: study, job: job, at: now)
        return study
    }

    private func studyNumber(of header: InstanceHeader, at now: Timestamp) throws(StorageError) -> Int64 {
        let known = try database.first(
            "SELECT id FROM studies WHERE study_uid = ?", .text(header.studyInstanceUID)
        ) { (row) throws(StorageError) in row.integer(0) }
        if let known { return known }
        return try database.insert(
            """
            INSERT INTO studies (study_uid, state, priority, flag, modality, received_at) VALUES (?, ?, ?, ?, ?, ?)
            """,
            .text(header.studyInstanceUID), .int(StudyStage.pending.rawValue),
            .int(StudyFlag.none.priority.rawValue), .text(StudyFlag.none.stored), .text(header.modality), .time(now))
    }

    /// The job the instance belongs to, made where it is missing.
    private func jobNumber(
        of instance: NewInstance, in study: Int64, at now: Timestamp
    ) throws(StorageError) -> Int64 {
        switch instance.decision {
        case .refused(let reason):
            return try refusedJob(of: instance, in: study, reason: reason, at: now)
        case .to(.classifier):
            return try database.insert(
                """
                INSERT INTO jobs (study_id, route, series_uid, state, instance_count, next_attempt_at)
                VALUES (?, ?, ?, ?, 1, ?)
                """,
                .integer(study), .text(Route.classifier.rawValue), .text(instance.header.seriesInstanceUID),
                .int(JobState.received.rawValue), .time(now))
        case .to(.planning):
            return try seriesJob(of: instance, in: study)
        }
    }

    private func refusedJob(
        of instance: NewInstance, in study: Int64, reason: String, at now: Timestamp
    ) throws(StorageError) -> Int64 {
        let job = try database.insert(
            "INSERT INTO jobs (study_id, route, series_uid, state, reason, instance_count) VALUES (?, '', ?, ?, ?, 1)",
            .integer(study), .text(instance.header.seriesInstanceUID), .int(JobState.refused.rawValue), .text(reason))
        try database.run("UPDATE studies SET settled_count = settled_count + 1 WHERE id = ?", .integer(study))
        try log(.refused, study: study, job: job, detail: reason, at: now)
        return job
    }

    /// The job of an MR series. A late instance sends a series that was ended before to planning again; one that is
    /// being planned right now goes again when its answer, by then stale, comes back.
    private func seriesJob(of instance: NewInstance, in study: Int64) throws(StorageError) -> Int64 {
        let series = SQLValue.text(instance.header.seriesInstanceUID)
        let known = try database.first(
            """
            SELECT id, state, instance_count FROM jobs WHERE study_id = ? AND series_uid = ? AND route = 'planning'
            """, .integer(study), series
        ) { (row) throws(StorageError) in (id: row.integer(0), state: JobState(rawValue: row.int(1)), count: row.int(2))
        }
        guard let known else {
            return try database.insert(
                "INSERT INTO jobs (study_id, route, series_uid, state, instance_count) VALUES (?, 'planning', ?, ?, 1)",
                .integer(study), series, .int(JobState.received.rawValue))
        }
        try database.run(
            "UPDATE jobs SET instance_count = instance_count + 1, revision = revision + 1 WHERE id = ?",
            .integer(known.id))
        if known.state != .dispatched {
            try database.run(
                """
                UPDATE jobs SET state = ?, reason = '', attempts = 0, failures = 0, next_attempt_at = NULL WHERE id = ?
                """, .int(JobState.received.rawValue), .integer(known.id))
        }
        switch known.state {
        case .answered, .refused: try uncount("settled_count", known.count, in: study)
        case .failed: try uncount("failed_count", known.count, in: study)
        case .received, .dispatched, nil: break
        }
        return known.id
    }

    private func uncount(_ column: String, _ count: Int, in study: Int64) throws(StorageError) {
        try database.run(
            "UPDATE studies SET \(column) = \(column) - ? WHERE id = ?", .int(count), .integer(study))
    }
}
