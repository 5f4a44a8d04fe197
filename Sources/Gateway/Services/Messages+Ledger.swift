import Foundation
import Wire

extension Study {
    /// A study without instances and plans.
    init(_ summary: StudySummary) {
        self.init(
            studyInstanceUID: summary.studyInstanceUID, state: StudyState(summary.stage), reason: summary.reason,
            priority: Priority(summary.flag.priority), flagged: summary.flag.isFlagged,
            receivedAtMs: summary.receivedAt.milliseconds, completedAtMs: summary.completedAt?.milliseconds ?? 0,
            modality: summary.modality, flaggedFindings: summary.flag.findings.map(\.code),
            instanceCount: Int32(clamping: summary.progress.instanceCount),
            settledCount: Int32(clamping: summary.progress.settledCount),
            completedBy: summary.progress.completedBy?.rawValue ?? "",
            conflictCount: Int32(clamping: summary.conflictCount), claimedBy: summary.review.claimedBy ?? "",
            claimedAtMs: summary.review.claimedAt?.milliseconds ?? 0, reviewedBy: summary.review.reviewedBy ?? "",
            reviewedAtMs: summary.review.reviewedAt?.milliseconds ?? 0)
    }

    /// A study with instances and plans.
    ///
    /// - Throws: `WireError` when an answer in the ledger cannot be read.
    init(_ record: StudyRecord) throws(WireError) {
        self.init(record.summary)
        for instance in record.instances { instances.append(try Instance(instance)) }
        history = record.history.map(ReviewEvent.init)
        for plan in record.plans { plans.append(try PlanViewsResponse(serialized: plan)) }
    }
}

extension Instance {
    init(_ record: InstanceRecord) throws(WireError) {
        self.init(
            sopInstanceUID: record.sopInstanceUID, seriesInstanceUID: record.seriesInstanceUID,
            state: InstanceState(record.state), reason: record.reason, attempts: Int32(clamping: record.attempts),
            nextAttemptAtMs: record.nextAttemptAt?.milliseconds ?? 0, route: record.route?.rawValue ?? "",
            sha256: record.digest.hexadecimal, source: record.source.name, peer: record.source.peer,
            conflict: record.isConflict, receivedAtMs: record.receivedAt.milliseconds, rule: record.rule,
            model: record.model)
        if let answer = record.answer { classification = try ClassifyResponse(serialized: answer) }
    }
}

extension ReviewEvent {
    init(_ record: ReviewRecord) {
        self.init(
            atMs: record.at.milliseconds, reader: record.deed.reader,
            action: ReviewStudyRequest.Action(rawValue: Int32(record.deed.action.rawValue)),
            finding: record.deed.finding, comment: record.deed.comment)
    }
}

extension WorklistEntry {
    init(_ entry: WorklistPage.Entry, at now: Timestamp) {
        self.init(
            study: Study(entry.study), waitingSeconds: max(0, (now - entry.study.receivedAt).inSeconds),
            overdue: entry.isOverdue)
    }
}

extension InstanceState {
    init(_ state: JobState) {
        self =
            switch state {
            case .received: .received
            case .dispatched: .dispatched
            case .answered: .answered
            case .refused: .refused
            case .failed: .failed
            case .held: .held
            }
    }
}

extension StudyState {
    init(_ stage: StudyStage) {
        self =
            switch stage {
            case .pending: .pending
            case .complete: .complete
            case .failed: .failed
            }
    }
}

extension Priority {
    init(_ priority: TriagePriority) {
        self =
            switch priority {
            case .routine: .routine
            case .priority: .priority
            case .urgent: .urgent
            }
    }
}
