/// What said that a study has all its instances. The raw value stands in the ledger and in `Study.completedBy`.
package enum CompletionRule: String, Sendable, Hashable {
    case request = "request"
    case expectedCount = "expected count"
    case quietPeriod = "quiet period"
}

/// Whether a study has all its instances: because the sender said so, because the number the sender announced is
/// there, or because nothing came for a while.
package struct StudyCompletion: Sendable, Hashable {
    /// How long nothing may come before a study counts as whole.
    package let quietPeriod: Duration

    package init(quietPeriod: Duration) {
        self.quietPeriod = quietPeriod
    }

    /// The rule that fires when instances have arrived; nil leaves the study open.
    ///
    /// - Parameters:
    ///   - instanceCount: instances held of the study.
    ///   - expectedCount: what the sender announced; 0 means unknown.
    package func ruleAfterArrival(instanceCount: Int, expectedCount: Int) -> CompletionRule? {
        expectedCount > 0 && instanceCount >= expectedCount ? .expectedCount : nil
    }

    /// When an open study is closed by the quiet period. An announced count that is not reached does not hold it
    /// open: a study must never wait for ever for an instance that does not come.
    package func closes(lastArrival: Timestamp) -> Timestamp {
        lastArrival + quietPeriod
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
