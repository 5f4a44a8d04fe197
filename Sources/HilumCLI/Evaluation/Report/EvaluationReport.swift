/// All that an evaluation found: `report.json`.
package struct EvaluationReport: Codable, Sendable {
    package let models: [CaseAnswer.Model]
    /// nil: all of the manifests.
    package let split: String?
    package let cases: Int
    package let findings: FindingsReport?
    package let views: ViewsReport?
    package let refusals: [RefusalReport]
    package let comparison: ComparisonReport?
    /// Answers to what nothing is known of.
    package let unjudged: [UnjudgedAnswer]

    package init(
        _ pairs: [JudgedCase], split: String?, bootstrap: Bootstrap, comparedWith others: [ForeignAnswer] = []
    ) {
        var models: [CaseAnswer.Model] = []
        for model in pairs.flatMap(\.answer.models) where !models.contains(model) { models.append(model) }
        self.models = models.sorted { ($0.name, $0.version) < ($1.name, $1.version) }
        self.split = split
        let judged = pairs.filter(\.item.isLabelled)
        cases = judged.count
        findings = FindingsReport(judged, bootstrap: bootstrap)
        views = ViewsReport(judged)
        refusals = RefusalReport.all(of: judged)
        comparison = others.isEmpty ? nil : ComparisonReport(judged, others)
        unjudged = pairs.filter { !$0.item.isLabelled }.map(UnjudgedAnswer.init)
    }
}

/// A case with the service's answer.
package struct JudgedCase: Sendable {
    package let item: EvaluationCase
    package let answer: CaseAnswer

    package init(_ item: EvaluationCase, _ answer: CaseAnswer) {
        (self.item, self.answer) = (item, answer)
    }

    /// Cases and their answers; a case without one has failed.
    package static func pairs(_ cases: [EvaluationCase], _ answers: [CaseAnswer]) -> [JudgedCase] {
        let known = Dictionary(answers.map { ($0.id, $0) }) { _, last in last }
        return cases.map {
            JudgedCase($0, known[$0.id] ?? CaseAnswer(id: $0.id, outcome: .failed, reason: "no answer in the file"))
        }
    }
}

/// How many cases of a kind were answered and refused, beside what was expected.
package struct RefusalReport: Codable, Equatable, Sendable {
    package let task: String
    package let expected: EvaluationCase.Expectation
    /// Subgroup `kind`: head, knee, …; nil where a case does not say, and for all together.
    package let kind: String?
    package let cases: Int
    package let answered: Int
    package let refused: Int
    package let failed: Int

    /// Share of the cases that went as expected.
    package var share: Double {
        cases > 0 ? Double(expected == .answer ? answered : refused) / Double(cases) : 0
    }

    private init(_ pairs: [JudgedCase], task: String, expected: EvaluationCase.Expectation, kind: String?) {
        (self.task, self.expected, self.kind) = (task, expected, kind)
        cases = pairs.count
        answered = pairs.count { $0.answer.outcome == .answered }
        refused = pairs.count { $0.answer.outcome == .refused }
        failed = pairs.count { $0.answer.outcome == .failed }
    }

    /// By task and expectation, all together, then each kind.
    static func all(of pairs: [JudgedCase]) -> [RefusalReport] {
        var reports: [RefusalReport] = []
        for task in [EvaluationCase.Task.classify, .plan] {
            for expected in [EvaluationCase.Expectation.answer, .refuse] {
                let here = pairs.filter { $0.item.task == task && ($0.item.expected ?? .answer) == expected }
                if here.isEmpty { continue }
                reports.append(RefusalReport(here, task: task.rawValue, expected: expected, kind: nil))
                let kinds = Set(here.compactMap { $0.item.subgroups?["kind"] }).sorted()
                reports += kinds.map { kind in
                    RefusalReport(
                        here.filter { $0.item.subgroups?["kind"] == kind }, task: task.rawValue, expected: expected,
                        kind: kind)
                }
            }
        }
        return reports
    }
}

/// The answer to a case of which nothing is known: shown, not judged.
package struct UnjudgedAnswer: Codable, Sendable {
    package let id: String
    package let task: String
    package let outcome: CaseAnswer.Outcome
    package let reason: String?
    /// Flagged findings with their probabilities.
    package let flagged: [String: Double]
    /// Confidences of the planes.
    package let planes: [String: Double]

    init(_ pair: JudgedCase) {
        (id, task) = (pair.item.id, pair.item.task.rawValue)
        (outcome, reason) = (pair.answer.outcome, pair.answer.reason)
        flagged = (pair.answer.findings ?? [:]).filter(\.value.flagged).mapValues(\.probability)
        planes = (pair.answer.planes ?? [:]).mapValues(\.confidence)
    }
}
