/// The findings of a report as Markdown.
struct FindingsText {
    private let report: FindingsReport

    init(_ report: FindingsReport) { self.report = report }

    func parts(_ image: (String) -> String?) -> [String] {
        [
            """
            ## Findings
            \(report.cases) radiographs with known findings, \(report.answered) answered; the figures are of these. \
            Intervals are 95 %, from \(report.resamples) bootstrap resamples of the cases (seed \(report.seed)). \
            Precision, recall and F1 are weighted over both classes.
            """,
            discrimination.text, image("auc.svg"), image("roc.svg"),
            "### At the service's thresholds", operation.text, image("confusion.svg"),
            """
            ### Calibration
            ECE: expected calibration error over \(Reliability.binCount) bins of equal width.
            """,
            calibration.text, image("reliability.svg"), heatMaps, subgroups,
        ].compactMap(\.self)
    }

    private var discrimination: MarkdownTable {
        var table = MarkdownTable([
            "Finding", "Cases with it", "AUC", "95 % interval", "Accuracy", "Precision", "Recall", "F1",
        ])
        for row in report.findings {
            table.add(
                [
                    FindingName.display(row.code), "\(row.positives)", Self.figure(row.auc),
                    Self.interval(row.auc_interval_95),
                ]
                    + [row.accuracy, row.precision, row.recall, row.f1].map { Text.fixed($0, 3) })
        }
        let macro = report.macro
        table.add(
            ["**Macro**", "", Self.figure(macro.auc), Self.interval(macro.auc_interval_95)]
                + [macro.accuracy, macro.precision, macro.recall, macro.f1].map { Text.fixed($0, 3) })
        return table
    }

    private var operation: MarkdownTable {
        var table = MarkdownTable([
            "Finding", "Threshold", "Sensitivity", "Specificity", "PPV", "NPV", "True positive", "False positive",
            "False negative", "True negative",
        ])
        for row in report.findings {
            let counts = row.confusion
            let rates = [
                row.threshold, row.sensitivity, row.specificity, row.positive_predictive_value,
                row.negative_predictive_value,
            ]
            table.add(
                [FindingName.display(row.code)] + rates.map { Text.fixed($0, 3) }
                    + [
                        counts.true_positives, counts.false_positives, counts.false_negatives, counts.true_negatives,
                    ].map(String.init))
        }
        let macro = [report.macro.sensitivity, report.macro.specificity].map { Text.fixed($0, 3) }
        table.add(["**Macro**", ""] + macro + ["", "", "", "", "", ""])
        return table
    }

    private var calibration: MarkdownTable {
        var table = MarkdownTable(["Finding", "ECE", "Brier score"])
        for row in report.findings {
            table.add([
                FindingName.display(row.code), Text.fixed(row.reliability.expected_calibration_error, 3),
                Text.fixed(row.reliability.brier, 3),
            ])
        }
        table.add([
            "**Macro**", Text.fixed(report.macro.expected_calibration_error, 3), Text.fixed(report.macro.brier, 3),
        ])
        return table
    }

    private var heatMaps: String? {
        guard let maps = report.heat_maps else { return nil }
        var table = MarkdownTable([
            "Finding", "True positives", "Peak in the structure", "Share", "IoU, median", "Dice, median",
        ])
        for row in maps.findings {
            table.add([
                FindingName.display(row.code), "\(row.true_positives)", "\(row.hits)", Percent.text(row.share),
                Text.fixed(row.iou, 2), Text.fixed(row.dice, 2),
            ])
        }
        table.add(["**All**", "\(maps.true_positives)", "\(maps.hits)", Percent.text(maps.share), "", ""])
        return """
            ### Heat maps
            Flagged cases with a single finding that changes one place. Counted where the map's peak lies in the \
            changed structure, made wider by \(Text.fixed(100 * maps.tolerance, 0)) % of the image's shorter side. \
            Overlap: of the structure and the part of the map above half of its peak.

            \(table.text)
            """
    }

    private var subgroups: String? {
        guard !report.subgroups.isEmpty else { return nil }
        var table = MarkdownTable(
            ["Group", "Value", "Cases", "Macro AUC", "Lowest AUC", "Sensitivity", "Specificity", "ECE"], textColumns: 2)
        for row in report.subgroups {
            let lowest = row.auc.min { ($0.value, $0.key) < ($1.value, $1.key) }
            table.add([
                row.group, row.value, "\(row.cases)", Self.figure(row.macro_auc),
                lowest.map { "\(Text.fixed($0.value, 3)) (\(FindingName.display($0.key).lowercased()))" } ?? "–",
                Text.fixed(row.sensitivity, 3), Text.fixed(row.specificity, 3),
                Text.fixed(row.expected_calibration_error, 3),
            ])
        }
        return """
            ### By subgroup
            Sensitivity, specificity and ECE are over all findings together.

            \(table.text)
            """
    }

    private static func figure(_ value: Double?) -> String { value.map { Text.fixed($0, 3) } ?? "–" }

    private static func interval(_ interval: Bootstrap.Interval?) -> String {
        interval.map { "\(Text.fixed($0.low, 3))–\(Text.fixed($0.high, 3))" } ?? "–"
    }
}
