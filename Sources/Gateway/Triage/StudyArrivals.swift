/// What is known of how much of a study has come, and of how much there is.
package struct StudyArrivals: Sendable, Hashable {
    /// One series: instances that came, and how many it has by its own tags.
    package struct Series: Sendable, Hashable {
        package let instanceCount: Int
        /// Number of Series Related Instances (0020,1209); 0 means not stated.
        package let taggedCount: Int

        package init(instanceCount: Int, taggedCount: Int) {
            self.instanceCount = instanceCount
            self.taggedCount = taggedCount
        }
    }

    /// Instances held, without those in conflict with another.
    package var instanceCount: Int
    /// What the sender announced; 0 means unknown.
    package var expectedCount = 0
    /// Number of Study Related Instances (0020,1208); 0 means not stated.
    package var taggedInstances = 0
    /// Number of Study Related Series (0020,1206); 0 means not stated.
    package var taggedSeries = 0
    package var series: [Series] = []
    /// How long the study has to be quiet once every series that a rule expects is there; nil while one is missing, or
    /// where no rule expects any.
    package var settle: Duration?

    package init(instanceCount: Int) {
        self.instanceCount = instanceCount
    }

    /// True when the tags say how much there is, and so much is there: the instances of the study, or all its series
    /// with the instances of each.
    var isWholeByTags: Bool {
        if taggedInstances > 0 { return instanceCount >= taggedInstances }
        guard taggedSeries > 0, series.count >= taggedSeries else { return false }
        return series.allSatisfy { $0.taggedCount > 0 && $0.instanceCount >= $0.taggedCount }
    }
}

/// When and why a study is closed.
package enum StudyClosing: Sendable, Hashable {
    case now(CompletionRule)
    case later(Timestamp, CompletionRule)
}
