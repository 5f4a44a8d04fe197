/// Why a study is where it is, in words for people.
package struct StudyReason: Sendable, Hashable {
    package let progress: StudyProgress
    /// Instances the sender announced; 0 means unknown.
    package let expectedCount: Int
    /// Instances that came with other bytes than one that is held under their SOP Instance UID.
    package let conflictCount: Int
    /// The last error of an instance that still waits.
    package let waiting: String?
    /// Why an instance is held.
    package let held: String?
    /// Why an instance was given up.
    package let failed: String?
    /// Why an instance was refused.
    package let refused: String?
    /// Why an answered instance asks for a human: it is ungradable.
    package let answered: String?

    package init(
        progress: StudyProgress, expectedCount: Int = 0, conflictCount: Int = 0, waiting: String? = nil,
        held: String? = nil,
        failed: String? = nil,
        refused: String? = nil, answered: String? = nil
    ) {
        self.progress = progress
        self.expectedCount = expectedCount
        self.conflictCount = conflictCount
        self.waiting = waiting
        self.held = held
        self.failed = failed
        self.refused = refused
        self.answered = answered
    }

    /// What is still missing first, then what a human has to know of what is there, then what closed the study.
    package var text: String {
        var parts: [String] = []
        let open = progress.instanceCount - progress.settledCount - progress.failedCount
        if let waiting {
            parts.append("waiting: \(waiting)")
        } else if progress.completedBy == nil {
            parts.append("waiting for further instances")
        } else if open > 0 {
            parts.append("waiting for \(open) \(open == 1 ? "answer" : "answers")")
        }
        parts += [
            held.map { "held: \($0)" }, failed.map { "failed: \($0)" }, refused.map { "refused: \($0)" }, answered,
        ].compactMap { $0 }
        if conflictCount > 0 {
            parts.append(
                "conflict: \(conflictCount) \(conflictCount == 1 ? "instance" : "instances") with other bytes under a "
                    + "SOP Instance UID that was held; both are kept")
        }
        if let rule = progress.completedBy {
            parts.append("complete by \(rule.rawValue)\(shortfall)")
        }
        return parts.joined(separator: "; ")
    }

    private var shortfall: String {
        progress.instanceCount < expectedCount
            ? " with \(progress.instanceCount) of \(expectedCount) expected instances" : ""
    }
}
