extension SQLLedger {
    package nonisolated func review(
        _ studyInstanceUID: String, _ deed: ReviewDeed, at now: Timestamp
    ) async throws(StorageError) -> ReviewOutcome {
        try await write { ledger throws(StorageError) in
            guard let study = try ledger.summary(of: studyInstanceUID) else { return .unknownStudy }
            let review: StudyReview
            do throws(ReviewRefusal) {
                review = try study.review.after(
                    deed, flaggedFindings: study.flag.findings.map(\.code), claimLimit: ledger.claimLimit, at: now)
            } catch {
                return .refused(error)
            }
            // Claiming what one has claimed already is no deed.
            if deed.action != .claim || review != study.review {
                try ledger.enter(deed, on: study, becoming: review, at: now)
            }
            return .done(try ledger.history(of: study.number))
        }
    }

    private func enter(
        _ deed: ReviewDeed, on study: StudySummary, becoming review: StudyReview, at now: Timestamp
    ) throws(StorageError) {
        try database.run(
            "INSERT INTO reviews (study_id, at, reader, action, finding, comment) VALUES (?, ?, ?, ?, ?, ?)",
            .integer(study.number), .time(now), .text(deed.reader), .int(deed.action.rawValue), .text(deed.finding),
            .text(deed.comment))
        if review != study.review { try set(review, of: study.number) }
        try noteChange(of: study.number)
        tellAfterCommit(deed, on: study, becoming: review, at: now)
    }

    func set(_ review: StudyReview, of study: Int64) throws(StorageError) {
        try database.run(
            "UPDATE studies SET claimed_by = ?, claimed_at = ?, reviewed_by = ?, reviewed_at = ? WHERE id = ?",
            review.claimedBy.map(SQLValue.text) ?? .null, .time(review.claimedAt),
            review.reviewedBy.map(SQLValue.text) ?? .null, .time(review.reviewedAt), .integer(study))
    }

    private func tellAfterCommit(
        _ deed: ReviewDeed, on study: StudySummary, becoming review: StudyReview, at now: Timestamp
    ) {
        let age = now - study.receivedAt
        if deed.action == .claim { tellAfterCommit(.reached(.claimed, after: age)) }
        if review.reviewedAt != study.review.reviewedAt { tellAfterCommit(.reached(.reviewed, after: age)) }
        if deed.action == .accept || deed.action == .reject {
            let study = study.flag.isFlagged ? "flagged study" : "unflagged study"
            tellAfterCommit(
                .verdict(
                    subject: deed.finding.isEmpty ? study : deed.finding, isAccepted: deed.action == .accept))
        }
    }

    func history(of study: Int64) throws(StorageError) -> [ReviewRecord] {
        try database.rows(
            "SELECT at, reader, action, finding, comment FROM reviews WHERE study_id = ? ORDER BY id", .integer(study)
        ) { (row) throws(StorageError) in
            guard let action = ReviewAction(rawValue: row.int(2)) else {
                throw .unreadableRow(table: "reviews", column: "action")
            }
            return ReviewRecord(
                at: row.time(0),
                deed: ReviewDeed(reader: row.text(1), action: action, finding: row.text(3), comment: row.text(4)))
        }
    }
}
