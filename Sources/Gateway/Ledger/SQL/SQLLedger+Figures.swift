extension SQLLedger {
    /// Writes what statistics need of an answer, in place of what an earlier answer to the same job left.
    func enter(_ figures: AnswerFigures, of job: Int64, at now: Timestamp) throws(StorageError) {
        try database.run("DELETE FROM finding_figures WHERE job_id = ?", .integer(job))
        try database.run("DELETE FROM gate_figures WHERE job_id = ?", .integer(job))
        for finding in figures.findings {
            try database.run(
                """
                INSERT INTO finding_figures (job_id, code, permille, flagged, at) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (job_id, code) DO NOTHING
                """,
                .integer(job), .text(finding.code.limited), .int(finding.permille), .int(finding.isFlagged ? 1 : 0),
                .time(now))
        }
        for gate in figures.gates {
            try database.run(
                """
                INSERT INTO gate_figures (job_id, gate, passed, at) VALUES (?, ?, ?, ?)
                ON CONFLICT (job_id, gate) DO NOTHING
                """, .integer(job), .text(gate.name.limited), .int(gate.isPassed ? 1 : 0), .time(now))
        }
    }
}
