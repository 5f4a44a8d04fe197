extension SQLLedger {
    /// Reports that no request is known of yet; more are not kept.
    private static let mostReports = 1000

    package nonisolated func noteCommitment(
        transactionUID: String, failure: String?, at now: Timestamp
    ) async throws(StorageError) {
        try await write { ledger throws(StorageError) in
            let delivery = try ledger.database.first(
                "SELECT id, study_id FROM deliveries WHERE commitment_uid = ?", .text(transactionUID)
            ) { (row) throws(StorageError) in (id: row.integer(0), study: row.integer(1)) }
            if let delivery {
                try ledger.end(delivery.id, of: delivery.study, failure: failure ?? "", at: now)
            } else {
                try ledger.keepReport(transactionUID, failure: failure ?? "")
            }
        }
    }

    /// Part of the transaction that is under way: the delivery was sent, and a report of it may be here already.
    func awaitCommitment(
        _ transactionUID: String, of claim: DeliveryClaim, at now: Timestamp
    ) throws(StorageError) {
        let failure = try database.first(
            "SELECT failure FROM commitment_reports WHERE transaction_uid = ?", .text(transactionUID)
        ) { (row) throws(StorageError) in row.text(0) }
        guard let failure else {
            try database.run(
                "UPDATE deliveries SET commitment_uid = ? WHERE id = ?", .text(transactionUID), .integer(claim.id))
            return
        }
        try database.run("DELETE FROM commitment_reports WHERE transaction_uid = ?", .text(transactionUID))
        try end(claim.id, of: claim.study, failure: failure, at: now)
    }

    private func end(
        _ delivery: Int64, of study: Int64, failure: String, at now: Timestamp
    ) throws(StorageError) {
        guard !failure.isEmpty else {
            try database.run(
                "UPDATE deliveries SET commitment_uid = NULL, committed_at = ? WHERE id = ?", .time(now),
                .integer(delivery))
            return
        }
        try database.run(
            "UPDATE deliveries SET commitment_uid = NULL, state = 3, reason = ?, failures = failures + 1 WHERE id = ?",
            .text(failure), .integer(delivery))
        try refresh(study, at: now)
    }

    /// A peer may report before its request is written down.
    private func keepReport(_ transactionUID: String, failure: String) throws(StorageError) {
        try database.run(
            "INSERT INTO commitment_reports (transaction_uid, failure) VALUES (?, ?) ON CONFLICT DO NOTHING",
            .text(transactionUID), .text(failure))
        try database.run(
            "DELETE FROM commitment_reports WHERE id <= (SELECT max(id) FROM commitment_reports) - ?",
            .int(Self.mostReports))
    }
}
