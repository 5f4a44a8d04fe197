import Reporting

extension SQLLedger {
    package func reportCompletedStudies() {
        reportsStudies = true
    }

    /// A study became complete: its report is due, in the same transaction.
    func queueReport(of study: Int64, at now: Timestamp) throws(StorageError) {
        guard reportsStudies else { return }
        try database.run(
            """
            INSERT INTO reports (study_id, version, state, completed_at, next_attempt_at) VALUES (?, 1, 1, ?, ?)
            ON CONFLICT (study_id) DO UPDATE SET version = reports.version + CASE reports.state WHEN 2 THEN 1 ELSE 0 END,
                state = 1, completed_at = excluded.completed_at, next_attempt_at = excluded.next_attempt_at,
                attempts = 0, reason = '', lease = NULL
            """, .integer(study), .time(now), .time(now))
    }

    package func claimReport(leaseDuration: Duration, at now: Timestamp) throws(StorageError) -> ReportClaim? {
        guard try hasDueReport(at: now) else { return nil }
        return try database.transaction(isExclusive: false) { () throws(StorageError) in
            let due = try database.first(
                """
                SELECT study_id, version, completed_at, attempts FROM reports
                WHERE state = 1 AND next_attempt_at <= ? ORDER BY next_attempt_at, id LIMIT 1
                \(database.takingUntakenRows)
                """, .time(now)
            ) { (row) throws(StorageError) in
                (study: row.integer(0), version: row.int(1), completedAt: row.time(2), attempts: row.int(3))
            }
            guard let due else { return nil }
            let uid = try database.first("SELECT study_uid FROM studies WHERE id = ?", .integer(due.study)) {
                (row) throws(StorageError) in row.text(0)
            }
            let lease = makeLease()
            try database.run(
                "UPDATE reports SET attempts = attempts + 1, next_attempt_at = ?, lease = ? WHERE study_id = ?",
                .time(now + leaseDuration), .text(lease), .integer(due.study))
            let before = try held(
                "study_id = ? AND kind = 'sr' AND version < ? ORDER BY id DESC LIMIT 1", .integer(due.study),
                .int(due.version))
            return ReportClaim(
                study: due.study, studyInstanceUID: uid ?? "", version: due.version, completedAt: due.completedAt,
                attempts: due.attempts + 1, predecessor: before.first, lease: lease)
        }
    }

    private func hasDueReport(at now: Timestamp) throws(StorageError) -> Bool {
        try database.exists(
            "SELECT 1 FROM reports WHERE state = 1 AND next_attempt_at <= ? LIMIT 1", .time(now))
    }

    package nonisolated func finishReport(
        _ claim: ReportClaim, objects: [HeldResult], deliveries: [NewDelivery], at now: Timestamp
    ) async throws(StorageError) -> Bool {
        try await write { ledger throws(StorageError) in
            guard try ledger.holds(claim) else { return false }
            for object in objects { try ledger.keep(object, of: claim.study, at: now) }
            // A later version says all that an earlier one did.
            try ledger.database.run(
                "UPDATE deliveries SET state = 4 WHERE study_id = ? AND state = 1 AND is_message = 1 AND version < ?",
                .integer(claim.study), .int(claim.version))
            for delivery in deliveries { try ledger.queue(delivery, of: claim, at: now) }
            try ledger.database.run(
                "UPDATE reports SET state = 2, next_attempt_at = NULL, reason = '', lease = NULL WHERE study_id = ?",
                .integer(claim.study))
            try ledger.log(.reported, study: claim.study, detail: "version \(claim.version)", at: now)
            try ledger.refresh(claim.study, at: now)
            return true
        }
    }

    package nonisolated func postponeReport(
        _ claim: ReportClaim, until: Timestamp?, reason: String, at now: Timestamp
    ) async throws(StorageError) {
        try await write { ledger throws(StorageError) in
            guard try ledger.holds(claim) else { return }
            try ledger.database.run(
                "UPDATE reports SET state = ?, next_attempt_at = ?, reason = ?, lease = NULL WHERE study_id = ?",
                .int(until == nil ? 0 : 1), .time(until), .text(reason), .integer(claim.study))
            try ledger.refresh(claim.study, at: now)
        }
    }

    private func holds(_ claim: ReportClaim) throws(StorageError) -> Bool {
        try database.exists(
            "SELECT 1 FROM reports WHERE study_id = ? AND state = 1 AND lease = ?", .integer(claim.study),
            .text(claim.lease))
    }

    /// An object that was made before stays as it was: its name stands for those bytes.
    private func keep(_ object: HeldResult, of study: Int64, at now: Timestamp) throws(StorageError) {
        try database.run(
            """
            INSERT INTO results
                (study_id, version, kind, series_uid, sop_class_uid, sop_uid, modality, sha256, byte_count, made_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sop_uid) DO NOTHING
            """, .integer(study), .int(object.version), .text(object.kind.rawValue), .text(object.seriesInstanceUID),
            .text(object.sopClassUID), .text(object.sopInstanceUID), .text(object.modality),
            .text(object.digest.hexadecimal), .int(object.byteCount), .time(now))
    }

    private func queue(_ delivery: NewDelivery, of claim: ReportClaim, at now: Timestamp) throws(StorageError) {
        let digest: Digest
        let subject: String
        let isMessage: Bool
        switch delivery.payload {
        case .message(let bytes): (digest, subject, isMessage) = (bytes, "\(claim.study)/\(claim.version)", true)
        case .object(let uid):
            guard let object = try held("sop_uid = ?", .text(uid)).first else { return }
            (digest, subject, isMessage) = (object.digest, uid, false)
        }
        try database.run(
            """
            INSERT INTO deliveries (study_id, version, destination, subject, is_message, state, sha256, next_attempt_at)
            VALUES (?, ?, ?, ?, ?, 1, ?, ?) ON CONFLICT (destination, subject) DO NOTHING
            """, .integer(claim.study), .int(claim.version), .text(delivery.destination), .text(subject),
            .int(isMessage ? 1 : 0), .text(digest.hexadecimal), .time(now))
    }

    package func results(of studyInstanceUID: String) throws(StorageError) -> [HeldResult] {
        try held("study_id = (SELECT id FROM studies WHERE study_uid = ?) ORDER BY id", .text(studyInstanceUID))
    }

    private func held(_ condition: String, _ values: SQLValue...) throws(StorageError) -> [HeldResult] {
        try database.rows(
            """
            SELECT kind, version, series_uid, sop_class_uid, sop_uid, modality, sha256, byte_count FROM results
            WHERE \(condition)
            """, values
        ) { (row) throws(StorageError) in
            guard let kind = ResultKind(rawValue: row.text(0)) else {
                throw .unreadableRow(table: "results", column: "kind")
            }
            return HeldResult(
                kind: kind, version: row.int(1), seriesInstanceUID: row.text(2), sopClassUID: row.text(3),
                sopInstanceUID: row.text(4), modality: row.text(5), digest: try row.digest(6, table: "results"),
                byteCount: row.int(7))
        }
    }
}
