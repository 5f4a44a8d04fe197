extension SQLLedger {
    /// As jobs: gateways that share a ledger claim side by side, each what no other has taken.
    package func claimDeliveries(
        to destination: String, limit: Int, leaseDuration: Duration, at now: Timestamp
    ) throws(StorageError) -> [DeliveryClaim] {
        guard try !dueDeliveries(to: destination, limit: 1, taking: "", at: now).isEmpty else { return [] }
        return try database.transaction(isExclusive: false) { () throws(StorageError) in
            let claims = try dueDeliveries(to: destination, limit: limit, taking: database.takingUntakenRows, at: now)
            for claim in claims {
                try database.run(
                    """
                    UPDATE deliveries SET attempts = attempts + 1, next_attempt_at = ?, lease = ?, first_attempt_at = ?
                    WHERE id = ?
                    """, .time(now + leaseDuration), .text(claim.lease), .time(claim.firstAttemptAt),
                    .integer(claim.id))
            }
            return claims
        }
    }

    /// What waits behind an earlier delivery of its study waits for that, so that each study arrives in order.
    private func dueDeliveries(
        to destination: String, limit: Int, taking: String, at now: Timestamp
    ) throws(StorageError) -> [DeliveryClaim] {
        try database.rows(
            """
            SELECT id, study_id, subject, sha256, attempts, failures, first_attempt_at, reason FROM deliveries d
            WHERE destination = ? AND state = 1 AND next_attempt_at <= ? AND NOT EXISTS (
                SELECT 1 FROM deliveries e
                WHERE e.study_id = d.study_id AND e.destination = d.destination AND e.state = 1 AND e.id < d.id)
            ORDER BY next_attempt_at, id LIMIT ? \(taking)
            """, .text(destination), .time(now), .int(limit)
        ) { (row) throws(StorageError) in
            DeliveryClaim(
                id: row.integer(0), study: row.integer(1), subject: row.text(2),
                digest: try row.digest(3, table: "deliveries"), attempts: row.int(4) + 1, failures: row.int(5),
                firstAttemptAt: row.optionalTime(6) ?? now, reason: row.text(7), lease: makeLease())
        }
    }

    package nonisolated func settleDelivery(
        _ claim: DeliveryClaim, as outcome: DeliveryOutcome, at now: Timestamp
    ) async throws(StorageError) -> Bool {
        try await write { ledger throws(StorageError) in
            let isOurs = try ledger.database.exists(
                "SELECT 1 FROM deliveries WHERE id = ? AND state = 1 AND lease = ?", .integer(claim.id),
                .text(claim.lease))
            guard isOurs else { return false }
            let (state, next, reason, failures) = outcome.columns(failures: claim.failures)
            try ledger.database.run(
                """
                UPDATE deliveries SET state = ?, next_attempt_at = ?, reason = ?, failures = ?, lease = NULL WHERE id = ?
                """, .int(state), .time(next), .text(reason), .int(failures), .integer(claim.id))
            if case .awaitingCommitment(let transaction) = outcome {
                try ledger.awaitCommitment(transaction, of: claim, at: now)
            }
            // Only what changes what the study says is written there.
            if reason != claim.reason { try ledger.refresh(claim.study, at: now) }
            return true
        }
    }

    package nonisolated func releaseOutbox(at now: Timestamp) async throws(StorageError) {
        try await write { ledger throws(StorageError) in
            for table in ["reports", "deliveries"] {
                try ledger.database.run(
                    "UPDATE \(table) SET next_attempt_at = ?, lease = NULL WHERE state = 1 AND lease IS NOT NULL",
                    .time(now))
            }
        }
    }

    package func outboxLoad() throws(StorageError) -> [OutboxLoad] {
        try database.rows(
            """
            SELECT destination, sum(CASE state WHEN 1 THEN 1 ELSE 0 END), sum(CASE state WHEN 3 THEN 1 ELSE 0 END)
            FROM deliveries WHERE state IN (1, 3) GROUP BY destination
            """
        ) { (row) throws(StorageError) in
            OutboxLoad(destination: row.text(0), waiting: row.int(1), failed: row.int(2))
        }
    }

    /// What keeps results of a study from where they should be, for its reason; empty when nothing does.
    func outboxTrouble(of study: Int64) throws(StorageError) -> String {
        let reason = try database.first(
            "SELECT reason FROM reports WHERE study_id = ?", .integer(study)
        ) { (row) throws(StorageError) in row.text(0) }
        guard let reason else { return "" }  // nothing was ever to be sent
        let report = reason.isEmpty ? nil : "results are not made: \(reason)"
        let delivery = try database.first(
            """
            SELECT destination, reason, state FROM deliveries WHERE study_id = ? AND state IN (1, 3) AND reason <> ''
            ORDER BY state DESC, id LIMIT 1
            """, .integer(study)
        ) { (row) throws(StorageError) in
            "results \(row.int(2) == 3 ? "were not taken by" : "wait for") \(row.text(0)): \(row.text(1))"
        }
        return [report, delivery].compactMap { $0 }.joined(separator: "; ")
    }

    /// Makes what was given up due again, of one study or of all; returns the studies.
    func retryDeliveries(of study: Int64?, at now: Timestamp) throws(StorageError) -> Set<Int64> {
        let ofStudy = study == nil ? "" : " AND study_id = ?"
        let values = study.map { [SQLValue.integer($0)] } ?? []
        let studies = try database.rows("SELECT DISTINCT study_id FROM deliveries WHERE state = 3" + ofStudy, values) {
            (row) throws(StorageError) in row.integer(0)
        }
        for study in studies {
            try database.run(
                """
                UPDATE deliveries SET state = 1, next_attempt_at = ?, reason = '', attempts = 0, failures = 0,
                    first_attempt_at = NULL
                WHERE study_id = ? AND state = 3
                """, .time(now), .integer(study))
        }
        return Set(studies)
    }
}

extension DeliveryOutcome {
    /// state, next_attempt_at, reason and failures.
    fileprivate func columns(failures: Int) -> (Int, Timestamp?, String, Int) {
        switch self {
        case .sent, .awaitingCommitment: (2, nil, "", failures)
        case .postponed(let until, let reason, let isRefusal): (1, until, reason, failures + (isRefusal ? 1 : 0))
        case .failed(let reason): (3, nil, reason, failures + 1)
        }
    }
}
