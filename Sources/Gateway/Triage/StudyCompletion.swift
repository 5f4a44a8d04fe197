/// What said that a study has all its instances. The raw value stands in the ledger and in `Study.completedBy`.
package enum CompletionRule: String, Sendable, Hashable {
    case request = "request"
    case expectedCount = "expected count"
    case countsInTags = "counts in tags"
    case expectedSeries = "expected series"
    case quietPeriod = "quiet period"
}

/// Whether a study has all its instances: because the sender said so, because as many are there as the sender announced or
/// the tags say, because the series that a rule expects are there, or because nothing came for a while.
package struct StudyCompletion: Sendable, Hashable {
    /// How long nothing may come before a study counts as whole.
    package let quietPeriod: Duration

    package init(quietPeriod: Duration) {
        self.quietPeriod = quietPeriod
    }

    /// When the study is closed unless more comes, and by which rule.
    ///
    /// What is announced and not reached does not hold a study open: it must never wait for ever for an instance that
    /// does not come.
    package func closing(_ arrivals: StudyArrivals, lastArrival: Timestamp) -> StudyClosing {
        if arrivals.expectedCount > 0, arrivals.instanceCount >= arrivals.expectedCount { return .now(.expectedCount) }
        if arrivals.isWholeByTags { return .now(.countsInTags) }
        if let settle = arrivals.settle, settle < quietPeriod { return .later(lastArrival + settle, .expectedSeries) }
        return .later(lastArrival + quietPeriod, .quietPeriod)
    }
}

/// Where a study is. The raw value stands in the ledger and is that of `hilum.v1.StudyState`.
package enum StudyStage: Int, Sendable, Hashable, CaseIterable {
    /// May still grow, or an instance waits for its answer.
    case pending = 1
    /// Has all its instances, and each is answered or refused.
    case complete = 2
    /// Has all its instances, none waits, and at least one failed for good.
    case failed = 3
}

/// What decides a study's stage.
package struct StudyProgress: Sendable, Hashable {
    /// Instances held.
    package let instanceCount: Int
    /// Instances answered or refused.
    package let settledCount: Int
    /// Instances given up.
    package let failedCount: Int
    /// What closed the study; nil while it may grow.
    package let completedBy: CompletionRule?

    package init(instanceCount: Int, settledCount: Int, failedCount: Int, completedBy: CompletionRule?) {
        self.instanceCount = instanceCount
        self.settledCount = settledCount
        self.failedCount = failedCount
        self.completedBy = completedBy
    }

    package var stage: StudyStage {
        if completedBy == nil || settledCount + failedCount < instanceCount { return .pending }
        return failedCount > 0 ? .failed : .complete
    }
}
