import Foundation

extension SQLLedger {
    package func study(_ studyInstanceUID: String) throws(StorageError) -> StudyRecord? {
        guard let summary = try summary(of: studyInstanceUID) else { return nil }
        let plans = try database.rows(
            "SELECT answer FROM jobs WHERE study_id = ? AND state = 3 AND route = 'planning' ORDER BY id",
            .integer(summary.number)
        ) { (row) throws(StorageError) in row.blob(0) }
        return StudyRecord(
            summary: summary, instances: try instances(of: summary.number), plans: plans.compactMap { $0 },
            history: try history(of: summary.number))
    }

    func summary(of studyInstanceUID: String) throws(StorageError) -> StudySummary? {
        try database.first(
            "SELECT \(StudySummary.columns) FROM studies WHERE study_uid = ?", .text(studyInstanceUID),
            read: StudySummary.init)
    }

    private func instances(of study: Int64) throws(StorageError) -> [InstanceRecord] {
        try database.rows(
            """
            SELECT i.sop_uid, i.series_uid, i.sha256, j.state, j.reason, j.attempts, j.next_attempt_at, j.route,
                CASE j.route WHEN 'classifier' THEN j.answer END, i.is_conflict, i.source, i.peer, i.received_at,
                j.rule, j.model
            FROM instances i JOIN jobs j ON j.id = i.job_id WHERE i.study_id = ? ORDER BY i.id
            """, .integer(study), read: InstanceRecord.init)
    }

    package func worklist(
        _ order: WorklistOrder, stage: StudyStage?, includesReviewed: Bool, after cursor: WorklistCursor?, limit: Int,
        at now: Timestamp
    ) throws(StorageError) -> WorklistPage {
        let filter =
            (stage.map { "state = \($0.rawValue) AND " } ?? "") + (includesReviewed ? "" : "reviewed_at IS NULL AND ")
        let latest = try latestChange()
        let asOf = cursor?.asOf ?? now
        let overdueLimit = order.overdueLimit(at: asOf)
        var entries: [(study: StudySummary, section: WorklistSection)] = []
        // One more than asked for says whether there is a next page.
        for section in WorklistSection.readingOrder.drop(while: { cursor != nil && $0 != cursor?.section }) {
            guard entries.count <= limit else { break }
            let start = section == cursor?.section ? cursor.map { ($0.receivedAt, $0.number) } : nil
            let found = try studies(
                in: section, filter, overdueLimit: overdueLimit, after: start, limit: limit + 1 - entries.count)
            entries += found.map { ($0, section) }
        }
        let page = entries.prefix(limit)
        let next =
            entries.count > limit
            ? page.last.map {
                WorklistCursor(
                    asOf: asOf, section: $0.section, receivedAt: $0.study.receivedAt, number: $0.study.number)
            } : nil
        return WorklistPage(
            entries: page.map { WorklistPage.Entry(study: $0.study, isOverdue: $0.section == .overdue) }, next: next,
            latestChange: latest)
    }

    /// Each section is one stretch of one index, so that a page costs the same anywhere in a list of any length.
    private func studies(
        in section: WorklistSection, _ filter: String, overdueLimit: Timestamp, after start: (Timestamp, Int64)?,
        limit: Int
    ) throws(StorageError) -> [StudySummary] {
        let first = "SELECT \(StudySummary.columns) FROM studies WHERE \(filter)"
        let last = "(received_at, id) > (?, ?) ORDER BY received_at, id LIMIT ?"
        switch section {
        case .overdue:
            return try database.rows(
                first + "received_at <= ? AND " + last, .time(overdueLimit),
                .integer(start?.0.milliseconds ?? .min), .integer(start?.1 ?? 0), .int(limit), read: StudySummary.init)
        case .priority(let priority):
            return try database.rows(
                first + "priority = \(priority.rawValue) AND " + last,
                .time(start?.0 ?? overdueLimit), .integer(start?.1 ?? .max), .int(limit), read: StudySummary.init)
        }
    }

    package func load() throws(StorageError) -> LedgerLoad {
        let studies = try database.first("SELECT count(*), min(received_at) FROM studies WHERE state = 1") {
            (row) throws(StorageError) in (count: row.int(0), oldest: row.optionalTime(1))
        }
        return LedgerLoad(
            waitingJobs: try count("SELECT count(*) FROM jobs WHERE state = 1"),
            dispatchedJobs: try count("SELECT count(*) FROM jobs WHERE state = 2"),
            pendingStudies: studies?.count ?? 0, oldestPending: studies?.oldest)
    }

    private func count(_ sql: String) throws(StorageError) -> Int {
        try database.first(sql) { (row) throws(StorageError) in row.int(0) } ?? 0
    }
}

extension StudySummary {
    static let columns = """
        id, study_uid, state, reason, flag, received_at, completed_at, modality, instance_count, settled_count, \
        failed_count, completed_by, conflict_count, claimed_by, claimed_at, reviewed_by, reviewed_at
        """
    static let columnCount: Int32 = 17

    init(_ row: any SQLRow) throws(StorageError) {
        guard let stage = StudyStage(rawValue: row.int(2)) else {
            throw .unreadableRow(table: "studies", column: "state")
        }
        self.init(
            number: row.integer(0), studyInstanceUID: row.text(1), stage: stage, reason: row.text(3),
            flag: try row.flag(4), receivedAt: row.time(5), completedAt: row.optionalTime(6), modality: row.text(7),
            progress: StudyProgress(row, from: 8), conflictCount: row.int(12),
            review: StudyReview(
                claimedBy: row.optionalText(13), claimedAt: row.optionalTime(14), reviewedBy: row.optionalText(15),
                reviewedAt: row.optionalTime(16)))
    }
}

extension InstanceRecord {
    fileprivate init(_ row: any SQLRow) throws(StorageError) {
        guard let state = JobState(rawValue: row.int(3)) else {
            throw .unreadableRow(table: "jobs", column: "state")
        }
        self.init(
            sopInstanceUID: row.text(0), seriesInstanceUID: row.text(1), digest: try row.digest(2, table: "instances"),
            state: state, reason: row.text(4), attempts: row.int(5), nextAttemptAt: row.optionalTime(6),
            route: Route(rawValue: row.text(7)), answer: row.blob(8), isConflict: row.int(9) != 0,
            source: InstanceSource(name: row.text(10), peer: row.text(11)), receivedAt: row.time(12),
            rule: row.text(13), model: row.text(14))
    }
}

extension SQLRow {
    func flag(_ column: Int32) throws(StorageError) -> StudyFlag {
        guard let flag = StudyFlag(stored: text(column)) else {
            throw .unreadableRow(table: "studies", column: "flag")
        }
        return flag
    }
}
