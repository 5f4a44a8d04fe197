/// A report for people: `report.md`.
package struct MarkdownReport {
    private let report: EvaluationReport
    private let plots: [(name: String, title: String)]

    package init(_ report: EvaluationReport, plots: [(name: String, title: String)]) {
        (self.report, self.plots) = (report, plots)
    }

    package var text: String {
        var parts = [head]
        if let findings = report.findings { parts += FindingsText(findings).parts(image) }
        if let views = report.views { parts += ViewsText(views).parts(image) }
        parts += [refusals, comparison, unjudged].compactMap(\.self)
        return parts.joined(separator: "\n\n") + "\n"
    }

    /// What the bundles may be used for, one line for each use.
    package static func notice(_ models: [CaseAnswer.Model]) -> String {
        let uses = Set(models.map { $0.intended_use.isEmpty ? "intended use not stated" : $0.intended_use })
        return uses.isEmpty ? "no model answered" : uses.sorted().joined(separator: "; ")
    }

    private var head: String {
        var models = MarkdownTable(["Model", "Version", "Weights, SHA-256", "Intended use"], textColumns: 4)
        for model in report.models {
            models.add([model.name, model.version, "`\(model.weights_sha256)`", model.intended_use])
        }
        let which = report.split.map { "cases of the split `\($0)`" } ?? "cases"
        return """
            # Evaluation

            **\(Self.notice(report.models))**

            \(report.cases) \(which) were posted to the running services; these are their answers.

            \(models.text)
            """
    }

    private func image(_ name: String) -> String? {
        plots.first { $0.name == name }.map { "![\($0.title)](\($0.name))" }
    }

    private var refusals: String? {
        guard !report.refusals.isEmpty else { return nil }
        var table = MarkdownTable(
            ["Task", "Expected", "Kind", "Cases", "Answered", "Refused", "Failed", "As expected"], textColumns: 3)
        for row in report.refusals {
            table.add([
                row.task, row.expected.rawValue, row.kind ?? "all", "\(row.cases)", "\(row.answered)", "\(row.refused)",
                "\(row.failed)", Percent.text(row.share),
            ])
        }
        return """
            ## Answers and refusals
            Refused: an error that says why, or an image marked ungradable. Failed: neither an answer nor a reason.

            \(table.text)
            """
    }

    private var comparison: String? {
        guard let comparison = report.comparison else { return nil }
        var parts = ["## Beside another implementation of the same weights"]
        if !comparison.findings.isEmpty {
            var table = MarkdownTable([
                "Finding", "Cases", "AUC, service", "AUC, other", "Difference", "Largest difference of a probability",
            ])
            for row in comparison.findings {
                table.add([
                    FindingName.display(row.code), "\(row.cases)", Text.fixed(row.auc, 4), Text.fixed(row.other_auc, 4),
                    Text.fixed(row.difference, 4), Text.fixed(row.probability_difference, 4),
                ])
            }
            parts += [
                table.text, "Largest difference of an AUC: \(Text.fixed(comparison.largest_auc_difference ?? 0, 4)).",
            ]
        }
        if !comparison.views.isEmpty {
            var table = MarkdownTable([
                "View", "Cases", "Median angle, service", "Median angle, other", "Difference",
                "Largest angle between the two planes",
            ])
            for row in comparison.views {
                table.add([
                    ViewName.short(row.view), "\(row.cases)", Text.fixed(row.angle, 3) + "°",
                    Text.fixed(row.other_angle, 3) + "°", Text.fixed(row.difference, 3) + "°",
                    Text.fixed(row.plane_difference, 3) + "°",
                ])
            }
            parts.append(table.text)
        }
        return parts.joined(separator: "\n\n")
    }

    private var unjudged: String? {
        guard !report.unjudged.isEmpty else { return nil }
        var table = MarkdownTable(["File", "Task", "Outcome", "What the service says"], textColumns: 4)
        for row in report.unjudged {
            table.add([row.id, row.task, row.outcome.rawValue, Self.words(row)])
        }
        return """
            ## Images of which nothing is known
            Their answers are shown as they came. Nothing is claimed about them.

            \(table.text)
            """
    }

    private static func words(_ row: UnjudgedAnswer) -> String {
        if let reason = row.reason { return reason }
        if row.task == EvaluationCase.Task.plan.rawValue {
            return "confidence "
                + ViewName.all.compactMap { view in
                    row.planes[view.name].map { "\(ViewName.short(view.name)) \(Text.fixed($0, 2))" }
                }.joined(separator: ", ")
        }
        let flagged = row.flagged.sorted { $0.value > $1.value }
        return flagged.isEmpty
            ? "nothing flagged" : flagged.map { "\($0.key) \(Text.fixed($0.value, 2))" }.joined(separator: ", ")
    }
}

enum Percent {
    static func text(_ share: Double) -> String { Text.fixed(100 * share, 1) + " %" }
}
