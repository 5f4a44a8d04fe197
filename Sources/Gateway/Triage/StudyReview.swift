/// What a reader does to a study. The raw value stands in the ledger and is that of
/// `hilum.v1.ReviewStudyRequest.Action`.
package enum ReviewAction: Int, Sendable, Hashable, CaseIterable {
    case claim = 1
    case accept = 2
    case reject = 3
    case comment = 4
    case release = 5
}

/// A deed of a named reader on a study.
package struct ReviewDeed: Sendable, Hashable {
    package let reader: String
    package let action: ReviewAction
    /// Code of the finding meant; empty means the study.
    package let finding: String
    /// In the reader's words; may hold patient data, and is kept in the ledger only.
    package let comment: String

    package init(reader: String, action: ReviewAction, finding: String = "", comment: String = "") {
        self.reader = reader
        self.action = action
        self.finding = finding
        self.comment = comment
    }
}

/// Why a deed is not done.
package enum ReviewRefusal: Error, Sendable, Hashable {
    /// Another reader has taken the study and not given it back.
    case claimedByAnother(reader: String)
    /// The reader has to claim the study first.
    case notClaimed
    /// The study has no such flagged finding.
    case unknownFinding
}

/// Who reads a study, and who has read it.
package struct StudyReview: Sendable, Hashable {
    /// The reader who took it; nil when nobody did.
    package private(set) var claimedBy: String?
    package private(set) var claimedAt: Timestamp?
    /// The reader who accepted or rejected it as a whole; nil while it is to be read.
    package private(set) var reviewedBy: String?
    package private(set) var reviewedAt: Timestamp?

    /// Nobody has looked at it.
    package static let open = StudyReview()

    package init(
        claimedBy: String? = nil, claimedAt: Timestamp? = nil, reviewedBy: String? = nil, reviewedAt: Timestamp? = nil
    ) {
        self.claimedBy = claimedBy
        self.claimedAt = claimedAt
        self.reviewedBy = reviewedBy
        self.reviewedAt = reviewedAt
    }

    /// The review after a deed; equal to this one when the deed changes nothing but the history.
    ///
    /// A study is read by one reader at a time: verdicts and release are for the one who claimed it. A verdict on the
    /// study as a whole ends the claim.
    ///
    /// - Parameters:
    ///   - flaggedFindings: codes on which there can be a verdict.
    ///   - claimLimit: after which another reader may claim it; nil: never.
    package func after(
        _ deed: ReviewDeed, flaggedFindings: [String], claimLimit: Duration? = nil, at now: Timestamp
    ) throws(ReviewRefusal) -> StudyReview {
        if !deed.finding.isEmpty, !flaggedFindings.contains(deed.finding) { throw .unknownFinding }
        if deed.action == .comment { return self }
        var review = self
        if let claimedBy, claimedBy != deed.reader {
            let isOver = claimLimit.map { now - (claimedAt ?? now) >= $0 } ?? false
            guard isOver, deed.action == .claim else { throw .claimedByAnother(reader: claimedBy) }
            review.claimedBy = nil
        }
        switch deed.action {
        case .claim:
            if review.claimedBy == nil { (review.claimedBy, review.claimedAt) = (deed.reader, now) }
            return review
        case .accept, .reject, .release:
            guard claimedBy != nil else { throw .notClaimed }
            if deed.action != .release, !deed.finding.isEmpty { return review }
            (review.claimedBy, review.claimedAt) = (nil, nil)
            if deed.action != .release { (review.reviewedBy, review.reviewedAt) = (deed.reader, now) }
            return review
        case .comment:
            return review
        }
    }

    /// The review after further instances came: the study is to be read again.
    package var reopened: StudyReview { StudyReview(claimedBy: claimedBy, claimedAt: claimedAt) }
}

/// A deed as the ledger holds it.
package struct ReviewRecord: Sendable, Hashable {
    package let at: Timestamp
    package let deed: ReviewDeed
}
