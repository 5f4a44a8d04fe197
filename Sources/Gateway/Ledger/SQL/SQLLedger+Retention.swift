extension SQLLedger {
    package nonisolated func remove(
        _ removal: Removal, completedBefore limit: Timestamp, limit count: Int, at now: Timestamp
    ) async throws(StorageError) -> RemovedStudies {
        guard try await !expired(removal, completedBefore: limit, limit: 1).isEmpty else {
            return RemovedStudies(studies: 0, digests: [])
        }
        return try await write { ledger throws(StorageError) in
            let studies = try ledger.expired(removal, completedBefore: limit, limit: count)
            var digests: Set<Digest> = []
            for study in studies { digests.formUnion(try ledger.images(of: study)) }
            for study in studies {
                switch removal {
                case .images: try ledger.forgetImages(of: study, at: now)
                case .studies: try ledger.delete(study)
                }
            }
            return RemovedStudies(
                studies: studies.count, digests: digests.subtracting(try ledger.digestsNamed(digests)))
        }
    }

    package func named(_ digests: Set<Digest>) throws(StorageError) -> Set<Digest> {
        try digestsNamed(digests)
    }

    /// Studies that are complete, which nobody reads right now, whose results are where they belong, and whose time is
    /// over.
    private func expired(
        _ removal: Removal, completedBefore limit: Timestamp, limit count: Int
    ) throws(StorageError) -> [Int64] {
        let answer = "EXISTS (SELECT 1 FROM jobs j WHERE j.study_id = s.id AND j.state = 3)"
        let condition =
            switch removal {
            case .images(let answered): "AND s.images_removed_at IS NULL AND \(answered ? "" : "NOT ")\(answer)"
            case .studies: ""
            }
        return try database.rows(
            """
            SELECT s.id FROM studies s WHERE s.state = 2 AND s.completed_at <= ? AND s.claimed_by IS NULL \(condition)
            AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.study_id = s.id AND d.state IN (1, 3))
            AND NOT EXISTS (SELECT 1 FROM reports r WHERE r.study_id = s.id AND r.state < 2)
            ORDER BY s.completed_at LIMIT ?
            """, .time(limit), .int(count)
        ) { (row) throws(StorageError) in row.integer(0) }
    }

    private func images(of study: Int64) throws(StorageError) -> [Digest] {
        try database.rows(
            """
            SELECT sha256 FROM instances WHERE study_id = ?
            UNION SELECT i.sha256 FROM studies s JOIN indexed_studies t ON t.study_uid = s.study_uid
            JOIN indexed_series e ON e.study_id = t.id JOIN indexed_instances i ON i.series_id = e.id WHERE s.id = ?
            """, .integer(study), .integer(study)
        ) { (row) throws(StorageError) in try row.digest(0, table: "instances") }
    }

    private func forgetImages(of study: Int64, at now: Timestamp) throws(StorageError) {
        try database.run(
            "UPDATE instances SET image_removed_at = ? WHERE study_id = ? AND image_removed_at IS NULL", .time(now),
            .integer(study))
        try forgetInIndex(study, ownObjectsToo: false)
        try database.run("UPDATE studies SET images_removed_at = ? WHERE id = ?", .time(now), .integer(study))
        try log(.imagesRemoved, study: study, at: now)
    }

    /// A table that refers to the study and is not named here keeps it: the change fails and is undone.
    private func delete(_ study: Int64) throws(StorageError) {
        try forgetInIndex(study, ownObjectsToo: true)
        try database.run("DELETE FROM jobs WHERE study_id = ? AND shadow_of IS NOT NULL", .integer(study))
        for table in ["deliveries", "results", "reports", "events", "reviews", "expected_series", "instances", "jobs"] {
            try database.run("DELETE FROM \(table) WHERE study_id = ?", .integer(study))
        }
        try database.run("DELETE FROM studies WHERE id = ?", .integer(study))
    }

    /// Those of the digests that an instance with an image has, or an object of ours.
    private func digestsNamed(_ digests: Set<Digest>) throws(StorageError) -> Set<Digest> {
        var named: Set<Digest> = []
        for digest in digests
        where try database.exists(
            """
            SELECT 1 FROM instances WHERE sha256 = ? AND image_removed_at IS NULL
            UNION ALL SELECT 1 FROM indexed_instances WHERE sha256 = ? AND is_own = 1
            UNION ALL SELECT 1 FROM results WHERE sha256 = ?
            UNION ALL SELECT 1 FROM deliveries WHERE sha256 = ? LIMIT 1
            """, .text(digest.hexadecimal), .text(digest.hexadecimal), .text(digest.hexadecimal),
            .text(digest.hexadecimal))
        { named.insert(digest) }
        return named
    }
}
