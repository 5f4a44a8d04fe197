import Foundation

extension SQLLedger {
    package nonisolated func claim(
        _ route: Route, limit: Int, leaseDuration: Duration, at now: Timestamp
    ) async throws(StorageError) -> [Claim] {
        guard try await isDue(route, at: now) else { return [] }
        return try await write { ledger throws(StorageError) in
            let due = try ledger.database.rows(
                """
                SELECT id, revision, attempts, failures FROM jobs
                WHERE state = 1 AND route = ? AND next_attempt_at <= ? ORDER BY next_attempt_at, id LIMIT ?
                """, .text(route.rawValue), .time(now), .int(limit)
            ) { (row) throws(StorageError) in
                (id: row.integer(0), revision: row.int(1), attempts: row.int(2), failures: row.int(3))
            }
            var claims: [Claim] = []
            for job in due {
                let lease = ledger.makeLease()
                try ledger.database.run(
                    """
                    UPDATE jobs SET state = 2, attempts = attempts + 1, next_attempt_at = NULL, lease = ?, lease_until = ?
                    WHERE id = ?
                    """, .text(lease), .time(now + leaseDuration), .integer(job.id))
                claims.append(
                    Claim(
                        job: job.id, lease: lease, revision: job.revision, route: route, attempts: job.attempts + 1,
                        failures: job.failures, instances: try ledger.blobs(of: job.id)))
            }
            return claims
        }
    }

    private func isDue(_ route: Route, at now: Timestamp) throws(StorageError) -> Bool {
        try database.exists(
            "SELECT 1 FROM jobs WHERE state = 1 AND route = ? AND next_attempt_at <= ? LIMIT 1",
            .text(route.rawValue), .time(now))
    }

    private func blobs(of job: Int64) throws(StorageError) -> [BlobReference] {
        try database.rows(
            "SELECT sha256, byte_count FROM instances WHERE job_id = ? ORDER BY id", .integer(job)
        ) { (row) throws(StorageError) in
            BlobReference(digest: try row.digest(0, table: "instances"), byteCount: row.int(1))
        }
    }

    package nonisolated func settle(
        _ claim: Claim, as settlement: Settlement, at now: Timestamp
    ) async throws(StorageError) -> Bool {
        try await write { ledger throws(StorageError) in
            guard let job = try ledger.leased(claim) else { return false }
            guard job.revision == claim.revision else {
                try ledger.putBack(job, reason: "", until: now)
                try ledger.refresh(job.study, at: now)
                return false
            }
            try ledger.end(job, as: settlement, at: now)
            try ledger.refresh(job.study, at: now)
            return true
        }
    }

    package nonisolated func postpone(
        _ claim: Claim, _ postponement: Postponement, at now: Timestamp
    ) async throws(StorageError) -> Bool {
        try await write { ledger throws(StorageError) in
            guard let job = try ledger.leased(claim) else { return false }
            // An error that repeats is one line of history, not one for each attempt.
            if job.reason != postponement.reason {
                try ledger.log(.postponed, study: job.study, job: job.id, detail: postponement.reason, at: now)
            }
            try ledger.putBack(
                job, reason: postponement.reason, until: postponement.until,
                countsAsFailure: postponement.countsAsFailure)
            try ledger.refresh(job.study, at: now)
            return true
        }
    }

    package nonisolated func releaseLeases(all: Bool, at now: Timestamp) async throws(StorageError) -> Int {
        let limit = all ? Timestamp(milliseconds: .max) : now
        guard try await !jobs(leasedUntil: limit).isEmpty else { return 0 }
        return try await write { ledger throws(StorageError) in
            let lost = try ledger.jobs(leasedUntil: limit)
            for job in lost {
                try ledger.putBack(job, reason: job.reason, until: now)
                try ledger.log(.released, study: job.study, job: job.id, at: now)
            }
            return lost.count
        }
    }

    private func jobs(leasedUntil limit: Timestamp) throws(StorageError) -> [LeasedJob] {
        try database.rows(
            "SELECT \(LeasedJob.columns) FROM jobs WHERE state = 2 AND lease_until <= ? ORDER BY id", .time(limit),
            read: LeasedJob.init)
    }

    package nonisolated func hasten(_ route: Route, at now: Timestamp) async throws(StorageError) -> Int {
        try await write { ledger throws(StorageError) in
            try ledger.database.run(
                """
                UPDATE jobs SET next_attempt_at = ?
                WHERE state = 1 AND route = ? AND next_attempt_at > ? AND waits_for_service = 1
                """, .time(now), .text(route.rawValue), .time(now))
        }
    }

    package func nextEvent(after moment: Timestamp) throws(StorageError) -> Timestamp? {
        var moments: [Timestamp?] = []
        for route in Route.allCases {
            moments += try database.rows(
                "SELECT min(next_attempt_at) FROM jobs WHERE state = 1 AND route = ? AND next_attempt_at > ?",
                .text(route.rawValue), .time(moment)
            ) { (row) throws(StorageError) in row.optionalTime(0) }
        }
        for query in [
            "SELECT min(closes_at) FROM studies WHERE closes_at > ?",
            "SELECT min(lease_until) FROM jobs WHERE state = 2 AND lease_until > ?",
        ] {
            moments += try database.rows(query, .time(moment)) { (row) throws(StorageError) in row.optionalTime(0) }
        }
        return moments.compactMap { $0 }.min()
    }

    /// The job of a claim, unless its lease was lost.
    private func leased(_ claim: Claim) throws(StorageError) -> LeasedJob? {
        try database.first(
            "SELECT \(LeasedJob.columns) FROM jobs WHERE id = ? AND state = 2 AND lease = ?",
            .integer(claim.job), .text(claim.lease), read: LeasedJob.init)
    }

    /// Lets a job wait again: until `until`, or, when its study is open and its series may still grow, until that is
    /// closed.
    private func putBack(
        _ job: LeasedJob, reason: String, until: Timestamp, countsAsFailure: Bool? = nil
    ) throws(StorageError) {
        let isHeld = job.isSeries ? try isOpen(job.study) : false
        try database.run(
            """
            UPDATE jobs SET state = 1, reason = ?, next_attempt_at = ?, failures = failures + ?, waits_for_service = ?,
                lease = NULL, lease_until = NULL
            WHERE id = ?
            """, .text(reason), isHeld ? .null : .time(until), countsAsFailure == true ? 1 : 0,
            countsAsFailure == false ? 1 : 0, .integer(job.id))
    }

    private func isOpen(_ study: Int64) throws(StorageError) -> Bool {
        try database.first("SELECT completed_by FROM studies WHERE id = ?", .integer(study)) {
            (row) throws(StorageError) in row.isNull(0)
        } ?? false
    }

    private func end(_ job: LeasedJob, as settlement: Settlement, at now: Timestamp) throws(StorageError) {
        switch settlement {
        case .answered(let answer, let flag, let reason):
            try end(job, .answered, reason: reason, answer: answer, counter: "settled_count")
            try raise(job.study, by: flag)
            try log(.answered, study: job.study, job: job.id, at: now)
        case .refused(let reason):
            try end(job, .refused, reason: reason, answer: nil, counter: "settled_count")
            try raise(job.study, by: .needsHuman)
            try log(.refused, study: job.study, job: job.id, detail: reason, at: now)
        case .failed(let reason):
            try end(job, .failed, reason: reason, answer: nil, counter: "failed_count")
            try raise(job.study, by: .needsHuman)
            try log(.failed, study: job.study, job: job.id, detail: reason, at: now)
        }
    }

    private func end(
        _ job: LeasedJob, _ state: JobState, reason: String, answer: Data?, counter: String
    ) throws(StorageError) {
        try database.run(
            """
            UPDATE jobs SET state = ?, reason = ?, answer = ?, next_attempt_at = NULL, lease = NULL, lease_until = NULL
            WHERE id = ?
            """, .int(state.rawValue), .text(reason), answer.map(SQLValue.blob) ?? .null, .integer(job.id))
        try database.run(
            "UPDATE studies SET \(counter) = \(counter) + ? WHERE id = ?", .int(job.instanceCount), .integer(job.study))
    }

    func raise(_ study: Int64, by flag: StudyFlag) throws(StorageError) {
        let stored = try database.first("SELECT flag FROM studies WHERE id = ?", .integer(study)) {
            (row) throws(StorageError) in try row.flag(0)
        }
        let raised = (stored ?? .none).raised(by: flag)
        try database.run(
            "UPDATE studies SET flag = ?, priority = ? WHERE id = ?", .text(raised.stored),
            .int(raised.priority.rawValue), .integer(study))
    }
}

/// What ending a claimed job needs to know of it.
private struct LeasedJob {
    static let columns = "id, study_id, route, revision, instance_count, reason"

    let id: Int64
    let study: Int64
    let isSeries: Bool
    let revision: Int
    let instanceCount: Int
    let reason: String

    init(_ row: any SQLRow) {
        id = row.integer(0)
        study = row.integer(1)
        isSeries = row.text(2) == Route.planning.rawValue
        revision = row.int(3)
        instanceCount = row.int(4)
        reason = row.text(5)
    }
}
