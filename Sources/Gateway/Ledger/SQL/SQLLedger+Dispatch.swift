import Foundation
import RPC

extension SQLLedger {
    /// Not written together with other changes: gateways that share a ledger claim side by side, each what no other has
    /// taken.
    package func claim(
        _ route: Route, limit: Int, leaseDuration: Duration, at now: Timestamp
    ) throws(StorageError) -> [Claim] {
        guard try isDue(route, at: now) else { return [] }
        return try database.transaction(isExclusive: false) { () throws(StorageError) in
            let due = try database.rows(
                """
                SELECT id, revision, attempts, failures, model, shadow_of, first_attempt_at, losses, trace FROM jobs
                WHERE state = 1 AND route = ? AND next_attempt_at <= ? ORDER BY next_attempt_at, id LIMIT ?
                \(database.takingUntakenRows)
                """, .text(route.rawValue), .time(now), .int(limit)
            ) { (row) throws(StorageError) in
                DueJob(row, at: now)
            }
            var claims: [Claim] = []
            for job in due {
                let lease = makeLease()
                try database.run(
                    """
                    UPDATE jobs SET state = 2, attempts = attempts + 1, next_attempt_at = NULL, lease = ?, lease_until = ?,
                        first_attempt_at = ?
                    WHERE id = ?
                    """, .text(lease), .time(now + leaseDuration), .time(job.firstAttemptAt), .integer(job.id))
                claims.append(
                    Claim(
                        job: job.id, lease: lease, revision: job.revision, route: route, model: job.model,
                        isShadow: job.main != nil, firstAttemptAt: job.firstAttemptAt, attempts: job.attempts + 1,
                        failures: job.failures, losses: job.losses, trace: job.trace,
                        instances: try blobs(of: job.main ?? job.id)))
            }
            return claims
        }
    }

    package func renewLeases(_ leaseDuration: Duration, at now: Timestamp) throws(StorageError) {
        try database.run(
            "UPDATE jobs SET lease_until = ? WHERE state = 2 AND lease LIKE ?", .time(now + leaseDuration),
            .text(owner + "/%"))
    }

    private func isDue(_ route: Route, at now: Timestamp) throws(StorageError) -> Bool {
        try database.exists(
            "SELECT 1 FROM jobs WHERE state = 1 AND route = ? AND next_attempt_at <= ? LIMIT 1",
            .text(route.rawValue), .time(now))
    }

    private func blobs(of job: Int64) throws(StorageError) -> [BlobReference] {
        try database.rows(
            "SELECT sha256, byte_count FROM instances WHERE job_id = ? AND image_removed_at IS NULL ORDER BY id",
            .integer(job)
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
            if job.main != nil {
                try ledger.endShadow(job, as: settlement)
            } else {
                try ledger.end(job, as: settlement, at: now)
                try ledger.refresh(job.study, at: now)
            }
            if case .answered = settlement { try ledger.tellShadows(of: job) }
            return true
        }
    }

    package nonisolated func postpone(
        _ claim: Claim, _ postponement: Postponement, at now: Timestamp
    ) async throws(StorageError) -> Bool {
        try await write { ledger throws(StorageError) in
            guard let job = try ledger.leased(claim) else { return false }
            // An error that repeats is one line of history, not one for each attempt.
            if job.reason != postponement.reason, job.main == nil {
                try ledger.log(.postponed, study: job.study, job: job.id, detail: postponement.reason, at: now)
            }
            try ledger.putBack(
                job, reason: postponement.reason, until: postponement.until,
                countsAsFailure: postponement.countsAsFailure, countsAsLoss: postponement.countsAsLoss)
            if job.main == nil { try ledger.refresh(job.study, at: now) }
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
        _ job: LeasedJob, reason: String, until: Timestamp, countsAsFailure: Bool? = nil, countsAsLoss: Bool = false
    ) throws(StorageError) {
        let isHeld = job.isSeries ? try isOpen(job.study) : false
        try database.run(
            """
            UPDATE jobs SET state = 1, reason = ?, next_attempt_at = ?, failures = failures + ?, waits_for_service = ?,
                losses = losses + ?, lease = NULL, lease_until = NULL
            WHERE id = ?
            """, .text(reason), isHeld ? .null : .time(until), countsAsFailure == true ? 1 : 0,
            countsAsFailure == false ? 1 : 0, countsAsLoss ? 1 : 0, .integer(job.id))
    }

    private func isOpen(_ study: Int64) throws(StorageError) -> Bool {
        try database.first("SELECT completed_by FROM studies WHERE id = ?", .integer(study)) {
            (row) throws(StorageError) in row.isNull(0)
        } ?? false
    }

    private func end(_ job: LeasedJob, as settlement: Settlement, at now: Timestamp) throws(StorageError) {
        switch settlement {
        case .answered(let answer, let flag, let reason, let figures):
            try end(job, .answered, reason: reason, answer: answer, counter: "settled_count")
            try enter(figures, of: job.id, at: now)
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
        try write(state, reason: reason, answer: answer, into: job)
        try database.run(
            "UPDATE studies SET \(counter) = \(counter) + ? WHERE id = ?", .int(job.instanceCount), .integer(job.study))
    }

    private func write(
        _ state: JobState, reason: String, answer: Data?, into job: LeasedJob
    ) throws(StorageError) {
        try database.run(
            """
            UPDATE jobs SET state = ?, reason = ?, answer = ?, next_attempt_at = NULL, lease = NULL, lease_until = NULL
            WHERE id = ?
            """, .int(state.rawValue), .text(reason), answer.map(SQLValue.blob) ?? .null, .integer(job.id))
    }

    /// The end of a shadow changes nothing of its study.
    private func endShadow(_ job: LeasedJob, as settlement: Settlement) throws(StorageError) {
        switch settlement {
        case .answered(let answer, _, let reason, _): try write(.answered, reason: reason, answer: answer, into: job)
        case .refused(let reason): try write(.refused, reason: reason, answer: nil, into: job)
        case .failed(let reason): try write(.failed, reason: reason, answer: nil, into: job)
        }
    }

    /// Tells each pair of a main answer and a shadow's once: when the later of the two is there.
    private func tellShadows(of job: LeasedJob) throws(StorageError) {
        let which = job.main == nil ? "m.id" : "s.id"
        let pairs = try database.rows(
            """
            SELECT s.model, m.answer, s.answer FROM jobs s JOIN jobs m ON m.id = s.shadow_of
            WHERE \(which) = ? AND m.state = 3 AND s.state = 3
            """, .integer(job.id)
        ) { (row) throws(StorageError) in
            LedgerNotice.shadowed(model: row.text(0), main: row.blob(1) ?? Data(), shadow: row.blob(2) ?? Data())
        }
        for pair in pairs { tellAfterCommit(pair) }
    }

    func raise(_ study: Int64, by flag: StudyFlag) throws(StorageError) {
        let stored = try database.first("SELECT flag FROM studies WHERE id = ?", .integer(study)) {
            (row) throws(StorageError) in try row.flag(0)
        }
        let raised = (stored ?? .none).raised(by: flag)
        guard raised != stored else { return }
        try database.run(
            "UPDATE studies SET flag = ?, priority = ? WHERE id = ?", .text(raised.stored),
            .int(raised.priority.rawValue), .integer(study))
    }
}

/// A job that can be claimed.
private struct DueJob {
    let id: Int64
    let revision: Int
    let attempts: Int
    let failures: Int
    let losses: Int
    let model: String
    /// The job beside which it runs; nil when it is no shadow.
    let main: Int64?
    let firstAttemptAt: Timestamp
    let trace: TraceContext?

    init(_ row: any SQLRow, at now: Timestamp) {
        id = row.integer(0)
        revision = row.int(1)
        attempts = row.int(2)
        failures = row.int(3)
        model = row.text(4)
        main = row.isNull(5) ? nil : row.integer(5)
        losses = row.int(7)
        firstAttemptAt = attempts == 0 ? now : row.optionalTime(6) ?? now
        trace = TraceContext(stored: row.text(8))
    }
}

/// What ending a claimed job needs to know of it.
private struct LeasedJob {
    static let columns = "id, study_id, route, revision, instance_count, reason, shadow_of"

    let id: Int64
    let study: Int64
    let isSeries: Bool
    let revision: Int
    let instanceCount: Int
    let reason: String
    /// The job beside which it runs; nil when it is no shadow.
    let main: Int64?

    init(_ row: any SQLRow) {
        id = row.integer(0)
        study = row.integer(1)
        isSeries = row.text(2) == Route.planning.rawValue
        revision = row.int(3)
        instanceCount = row.int(4)
        reason = row.text(5)
        main = row.isNull(6) ? nil : row.integer(6)
    }
}
