/// Counts what is in the ledger, over a connection of its own, so that counting holds up no study.
package actor LedgerStatistics {
    /// What is to be counted.
    package struct Period: Sendable {
        /// Now.
        package let end: Timestamp
        /// How far it reaches back.
        package let days: Int
        /// How far the caller's clock is ahead of UTC, in minutes: where its days begin.
        package let zoneMinutes: Int

        package init(end: Timestamp, days: Int, zoneMinutes: Int = 0) {
            self.end = end
            self.days = days
            self.zoneMinutes = zoneMinutes
        }

        var start: Timestamp { end - .seconds(days * 86_400) }
        /// Where the probabilities of late begin: the last quarter, a day at least.
        var recentStart: Timestamp { end - .seconds(max(1, days / 4) * 86_400) }
    }

    private let database: any SQLDatabase
    private let executor = SerialQueueExecutor(label: "hilum.statistics")

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// - Parameter database: a ledger; its tables are up to date. Nothing is written.
    package init(_ database: sending any SQLDatabase) {
        self.database = database
    }

    package func report(_ period: Period) throws(StorageError) -> StatisticsReport {
        var report = StatisticsReport()
        report.days = try days(period)
        report.modalities = try counts("modality", period)
        report.priorities = try numbers("priority", period).map { value, count in
            .init(TriagePriority(rawValue: value).map { "\($0)" } ?? "\(value)", count)
        }
        report.states = try numbers("state", period).map { value, count in
            .init(StudyStage(rawValue: value).map { "\($0)" } ?? "\(value)", count)
        }
        report.sexes = try counts("sex", period)
        report.ages = try numbers("age_years / 10", period, where: "AND age_years IS NOT NULL").map { decade, count in
            .init("\(decade * 10)", count)
        }
        report.findings = try findings(period)
        report.gates = try gates(period)
        report.turnaround = try [
            turnaround("answered", until: "completed_at", period), turnaround("read", until: "reviewed_at", period),
        ].compactMap { $0 }
        report.concordance = try concordance(period)
        report.drift = try drift(period)
        return report
    }

    /// Days without a study have no entry.
    private func days(_ period: Period) throws(StorageError) -> [StatisticsReport.Count] {
        try database.rows(
            """
            SELECT (received_at + ?) / 86400000, count(*) FROM studies WHERE received_at >= ?
            GROUP BY 1 ORDER BY 1
            """, .integer(Int64(period.zoneMinutes) * 60_000), .time(period.start)
        ) { (row) throws(StorageError) in .init(Day.name(row.int(0)), row.int(1)) }
    }

    private func counts(_ column: String, _ period: Period) throws(StorageError) -> [StatisticsReport.Count] {
        try database.rows(
            "SELECT \(column), count(*) FROM studies WHERE received_at >= ? GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50",
            .time(period.start)
        ) { (row) throws(StorageError) in .init(row.text(0).limited, row.int(1)) }
    }

    private func numbers(
        _ column: String, _ period: Period, where condition: String = ""
    ) throws(StorageError) -> [(Int, Int)] {
        try database.rows(
            "SELECT \(column), count(*) FROM studies WHERE received_at >= ? \(condition) GROUP BY 1 ORDER BY 1",
            .time(period.start)
        ) { (row) throws(StorageError) in (row.int(0), row.int(1)) }
    }

    private func findings(_ period: Period) throws(StorageError) -> [StatisticsReport.FindingCount] {
        try database.rows(
            """
            SELECT code, count(*), count(CASE WHEN flagged = 1 THEN 1 END) FROM finding_figures WHERE at >= ?
            GROUP BY code ORDER BY code LIMIT 200
            """, .time(period.start)
        ) { (row) throws(StorageError) in .init(code: row.text(0), images: row.int(1), flagged: row.int(2)) }
    }

    private func gates(_ period: Period) throws(StorageError) -> [StatisticsReport.GateCount] {
        try database.rows(
            """
            SELECT gate, count(*), count(CASE WHEN passed = 0 THEN 1 END) FROM gate_figures WHERE at >= ?
            GROUP BY gate ORDER BY gate LIMIT 200
            """, .time(period.start)
        ) { (row) throws(StorageError) in .init(gate: row.text(0), images: row.int(1), failed: row.int(2)) }
    }

    /// Exact percentiles: the value at its rank, read from the ordered times.
    private func turnaround(
        _ name: String, until column: String, _ period: Period
    ) throws(StorageError) -> StatisticsReport.Turnaround? {
        let condition = "FROM studies WHERE received_at >= ? AND \(column) IS NOT NULL"
        let count = try database.first("SELECT count(*) \(condition)", .time(period.start)) {
            (row) throws(StorageError) in row.int(0)
        }
        guard let count, count > 0 else { return nil }
        let at = { [database] (share: Double) throws(StorageError) in
            let rank = max(0, Int((share * Double(count)).rounded(.up)) - 1)
            let found = try database.first(
                "SELECT \(column) - received_at \(condition) ORDER BY 1 LIMIT 1 OFFSET ?", .time(period.start),
                .int(rank)
            ) { (row) throws(StorageError) in row.integer(0) }
            return Double(found ?? 0) / 1000
        }
        return .init(
            name: name, studies: count, median: try at(0.5), p90: try at(0.9), p95: try at(0.95), p99: try at(0.99))
    }

    private func concordance(_ period: Period) throws(StorageError) -> [StatisticsReport.Concordance] {
        try database.rows(
            """
            SELECT finding, count(CASE WHEN action = ? THEN 1 END), count(CASE WHEN action = ? THEN 1 END)
            FROM reviews WHERE at >= ? AND action IN (?, ?) GROUP BY finding ORDER BY finding LIMIT 200
            """, .int(ReviewAction.accept.rawValue), .int(ReviewAction.reject.rawValue), .time(period.start),
            .int(ReviewAction.accept.rawValue), .int(ReviewAction.reject.rawValue)
        ) { (row) throws(StorageError) in .init(code: row.text(0), accepted: row.int(1), rejected: row.int(2)) }
    }

    private func drift(_ period: Period) throws(StorageError) -> [Drift] {
        var spreads: [String: (recent: [Int], before: [Int])] = [:]
        let rows = try database.rows(
            """
            SELECT code, permille / \(1000 / Drift.binCount), CASE WHEN at >= ? THEN 1 ELSE 0 END, count(*)
            FROM finding_figures WHERE at >= ? GROUP BY 1, 2, 3
            """, .time(period.recentStart), .time(period.start)
        ) { (row) throws(StorageError) in
            (code: row.text(0), bin: row.int(1), isRecent: row.int(2) == 1, count: row.int(3))
        }
        let empty = [Int](repeating: 0, count: Drift.binCount)
        for row in rows {
            // A probability of 1 belongs to the last bin.
            let bin = min(max(0, row.bin), Drift.binCount - 1)
            var spread = spreads[row.code] ?? (empty, empty)
            if row.isRecent { spread.recent[bin] += row.count } else { spread.before[bin] += row.count }
            spreads[row.code] = spread
        }
        return spreads.sorted { $0.key < $1.key }.map {
            Drift(code: $0.key, recent: $0.value.recent, before: $0.value.before)
        }
    }
}
