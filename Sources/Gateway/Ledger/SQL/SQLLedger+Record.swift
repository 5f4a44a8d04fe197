extension SQLLedger {
    package nonisolated func record(
        _ instances: [NewInstance], expectedCount: Int, at now: Timestamp
    ) async throws(StorageError) -> [RecordOutcome] {
        try await write(entersInstances: true) { ledger throws(StorageError) in
            try ledger.enter(instances, .written, expectedCount: expectedCount, at: now)
        }
    }

    package nonisolated func record(
        _ instances: [NewInstance], _ bytes: ArrivingBytes, expectedCount: Int, at now: Timestamp
    ) throws(StorageError) -> [RecordOutcome] {
        try enterWaiting(bytes) { ledger throws(StorageError) in
            try ledger.enter(instances, bytes, expectedCount: expectedCount, at: now)
        }
    }

    package nonisolated func restore(
        _ instances: [ReturningInstance], hasDataSet: @escaping @Sendable (Int, Digest) -> Bool
    ) throws(StorageError) -> Int {
        try enterWaiting(.written) { ledger throws(StorageError) in
            // Nothing is written where nothing is missing: there may be no room.
            var isMissing = false
            for one in instances.map(\.instance) where !isMissing {
                isMissing = try !ledger.digests(heldUnder: one.header.sopInstanceUID).contains(one.digest)
            }
            guard isMissing else { return 0 }
            // Numbers that were lost have been told to those who watch.
            try ledger.database.run("UPDATE ledger_state SET change = change + ?", .int(Self.mostLostChanges))
            var count = 0
            for (index, returning) in instances.enumerated() {
                let bytes = ArrivingBytes(areWritten: {}, hasDataSet: { hasDataSet(index, $1) })
                let outcomes = try ledger.enter(
                    [returning.instance], bytes, expectedCount: returning.arrival.expectedCount,
                    at: returning.arrival.receivedAt)
                if outcomes != [.duplicate] { count += 1 }
            }
            return count
        }
    }

    /// More than the changes that a journal of 512 MiB vouches for.
    private static let mostLostChanges = 1 << 24

    private func enter(
        _ instances: [NewInstance], _ bytes: ArrivingBytes, expectedCount: Int, at now: Timestamp
    ) throws(StorageError) -> [RecordOutcome] {
        var outcomes: [RecordOutcome] = []
        for (index, instance) in instances.enumerated() {
            let (outcome, study) = try enter(instance, at: now) { bytes.hasDataSet(index, $0) }
            outcomes.append(outcome)
            if let study, expectedCount > 0 { arrived[study]?.expectedCount = expectedCount }
        }
        return outcomes
    }

    /// Writes the rows of one instance; returns the number of its study unless nothing changed.
    private func enter(
        _ instance: NewInstance, at now: Timestamp, hasDataSet: (Digest) -> Bool
    ) throws(StorageError) -> (RecordOutcome, Int64?) {
        let held = try digests(heldUnder: instance.header.sopInstanceUID)
        if held.contains(instance.digest) || held.contains(where: hasDataSet) { return (.duplicate, nil) }
        let study = try studyNumber(of: instance.header, at: now)
        guard let standing = held.first else {
            let job = try jobNumber(of: instance, in: study, at: now)
            try insert(instance, study: study, job: job, isConflict: false, at: now)
            try enterInIndex(
                IndexEntry(header: instance.header, digest: instance.digest, byteCount: instance.byteCount))
            return (.accepted, study)
        }
        let job = try conflictingJob(of: instance, in: study, standing: standing, at: now)
        try insert(instance, study: study, job: job, isConflict: true, at: now)
        return (.conflict(held: standing), study)
    }

    /// The digests under a SOP Instance UID, the one that stands first.
    private func digests(heldUnder sopInstanceUID: String) throws(StorageError) -> [Digest] {
        let held = try database.rows(
            """
            SELECT sha256, is_conflict FROM instances WHERE sop_uid = ? AND is_conflict = 0
            UNION ALL SELECT sha256, is_conflict FROM instances WHERE sop_uid = ? AND is_conflict = 1
            """, .text(sopInstanceUID), .text(sopInstanceUID)
        ) { (row) throws(StorageError) in
            (digest: try row.digest(0, table: "instances"), isConflict: row.int(1) == 1)
        }
        return held.filter { !$0.isConflict }.map(\.digest) + held.filter(\.isConflict).map(\.digest)
    }

    private func insert(
        _ instance: NewInstance, study: Int64, job: Int64, isConflict: Bool, at now: Timestamp
    ) throws(StorageError) {
        let header = instance.header
        try database.run(
            """
            INSERT INTO instances
                (sop_uid, study_id, job_id, series_uid, sop_class_uid, modality, body_part, sha256, byte_count,
                received_at, is_conflict, source, peer, series_related)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .text(header.sopInstanceUID), .integer(study), .integer(job), .text(header.seriesInstanceUID),
            .text(header.sopClassUID), .text(header.modality), .text(header.bodyPartExamined),
            .text(instance.digest.hexadecimal), .int(instance.byteCount), .time(now), .int(isConflict ? 1 : 0),
            .text(instance.source.name), .text(instance.source.peer), .int(header.seriesRelatedInstances))
        arrived[study, default: ArrivedInstances(at: now)].add(instance, isConflict: isConflict, at: now)
        if let expectation = instance.expectation { try note(expectation, of: study) }
    }

    private func studyNumber(of header: InstanceHeader, at now: Timestamp) throws(StorageError) -> Int64 {
        let known = try database.first(
            "SELECT id FROM studies WHERE study_uid = ?", .text(header.studyInstanceUID)
        ) { (row) throws(StorageError) in row.integer(0) }
        if let known { return known }
        return try database.insert(
            """
            INSERT INTO studies (study_uid, state, priority, flag, modality, received_at, sex, age_years)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .text(header.studyInstanceUID), .int(StudyStage.pending.rawValue),
            .int(StudyFlag.none.priority.rawValue), .text(StudyFlag.none.stored), .text(header.modality), .time(now),
            .text(header.demographics.sex), header.demographics.ageYears.map(SQLValue.int) ?? .null)
    }

    /// The job the instance belongs to, made where it is missing.
    private func jobNumber(
        of instance: NewInstance, in study: Int64, at now: Timestamp
    ) throws(StorageError) -> Int64 {
        let decision = instance.decision
        if decision.priority > .routine { try raise(study, by: StudyFlag(priority: decision.priority)) }
        switch decision.action {
        case .refuse(let reason):
            return try refusedJob(of: instance, in: study, reason: reason, at: now)
        case .hold(let route, let model, let reason):
            if route == .planning { return try seriesJob(of: instance, in: study, model: model, held: reason) }
            let route = route?.rawValue ?? ""
            return try insertJob(of: instance, in: study, route, .held, model: model, reason: reason)
        case .send(.classifier, let model, let shadows):
            let route = Route.classifier.rawValue
            let job = try insertJob(of: instance, in: study, route, .received, model: model, due: now)
            for shadow in shadows {
                _ = try insertJob(
                    of: instance, in: study, route, .received, model: shadow, shadowing: job, due: now)
            }
            return job
        case .send(.planning, let model, _):
            return try seriesJob(of: instance, in: study, model: model, held: nil)
        }
    }

    private func insertJob(
        of instance: NewInstance, in study: Int64, _ route: String, _ state: JobState, model: String = "",
        reason: String = "", shadowing main: Int64? = nil, due: Timestamp? = nil
    ) throws(StorageError) -> Int64 {
        if due != nil { tellAfterCommit(.workDue) }
        return try database.insert(
            """
            INSERT INTO jobs
                (study_id, route, series_uid, state, reason, instance_count, rule, model, shadow_of, next_attempt_at,
                trace)
            VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)
            """,
            .integer(study), .text(route), .text(instance.header.seriesInstanceUID), .int(state.rawValue),
            .text(reason), .text(instance.decision.rule), .text(model), main.map(SQLValue.integer) ?? .null, .time(due),
            .text(instance.trace?.stored ?? ""))
    }

    /// The job of an instance whose SOP Instance UID stands for other bytes already. A radiograph is answered like any
    /// other, because an unread image is never "normal"; a slice stays out of its series, which holds the slice that
    /// came first. Either way a human has to look.
    private func conflictingJob(
        of instance: NewInstance, in study: Int64, standing: Digest, at now: Timestamp
    ) throws(StorageError) -> Int64 {
        let reason = "conflict: SOPInstanceUID was held with other bytes, sha256 \(standing.hexadecimal)"
        try log(.conflict, study: study, detail: reason, at: now)
        try raise(study, by: .needsHuman)
        switch instance.decision.action {
        case .send(.planning, _, _), .hold(.planning, _, _):
            return try refusedJob(of: instance, in: study, reason: reason, at: now)
        case .send, .hold, .refuse:
            return try jobNumber(of: instance, in: study, at: now)
        }
    }

    private func refusedJob(
        of instance: NewInstance, in study: Int64, reason: String, at now: Timestamp
    ) throws(StorageError) -> Int64 {
        arrived[study, default: ArrivedInstances(at: now)].refusedCount += 1
        return try insertJob(of: instance, in: study, "", .refused, reason: reason)
    }

    /// The job of an MR series. A late instance sends a series that was ended before to planning again; one that is
    /// being planned right now goes again when its answer, by then stale, comes back.
    private func seriesJob(
        of instance: NewInstance, in study: Int64, model: String, held reason: String?
    ) throws(StorageError) -> Int64 {
        let series = SQLValue.text(instance.header.seriesInstanceUID)
        let known = try database.first(
            """
            SELECT id, state, instance_count, attempts, next_attempt_at IS NOT NULL FROM jobs
            WHERE study_id = ? AND series_uid = ? AND route = 'planning'
            """, .integer(study), series
        ) { (row) throws(StorageError) in
            (
                id: row.integer(0), state: JobState(rawValue: row.int(1)), count: row.int(2),
                isUntouched: row.int(1) == JobState.received.rawValue && row.int(3) == 0 && row.int(4) == 0
            )
        }
        guard let known else {
            return try insertJob(
                of: instance, in: study, Route.planning.rawValue, reason == nil ? .received : .held, model: model,
                reason: reason ?? "")
        }
        try database.run(
            "UPDATE jobs SET instance_count = instance_count + 1, revision = revision + 1 WHERE id = ?",
            .integer(known.id))
        if known.state != .dispatched, known.state != .held, !known.isUntouched {
            try database.run(
                """
                UPDATE jobs
                SET state = ?, reason = '', attempts = 0, failures = 0, losses = 0, next_attempt_at = NULL,
                    trace = ?
                WHERE id = ?
                """, .int(JobState.received.rawValue), .text(instance.trace?.stored ?? ""), .integer(known.id))
        }
        switch known.state {
        case .answered, .refused: try uncount("settled_count", known.count, in: study)
        case .failed: try uncount("failed_count", known.count, in: study)
        case .received, .dispatched, .held, nil: break
        }
        return known.id
    }

    private func uncount(_ column: String, _ count: Int, in study: Int64) throws(StorageError) {
        try database.run(
            "UPDATE studies SET \(column) = \(column) - ? WHERE id = ?", .int(count), .integer(study))
    }
}
