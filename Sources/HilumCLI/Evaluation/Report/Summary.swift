/// A report on a few lines, for the terminal.
enum Summary {
    static func text(_ report: EvaluationReport) -> String {
        [findings(report), views(report), refusals(report), comparison(report)].compactMap(\.self)
            .joined(separator: "\n\n")
    }

    private static func findings(_ report: EvaluationReport) -> String? {
        guard let findings = report.findings else { return nil }
        var table = Table("FINDING", "AUC", "LOW", "HIGH", "SENSITIVITY", "SPECIFICITY", "ECE")
        for row in findings.findings {
            table.add(
                row.code, row.auc.map { Text.fixed($0, 3) } ?? "-",
                row.auc_interval_95.map { Text.fixed($0.low, 3) } ?? "-",
                row.auc_interval_95.map { Text.fixed($0.high, 3) } ?? "-", Text.fixed(row.sensitivity, 3),
                Text.fixed(row.specificity, 3), Text.fixed(row.reliability.expected_calibration_error, 3))
        }
        let macro = findings.macro
        table.add(
            "macro", macro.auc.map { Text.fixed($0, 3) } ?? "-",
            macro.auc_interval_95.map { Text.fixed($0.low, 3) } ?? "-",
            macro.auc_interval_95.map { Text.fixed($0.high, 3) } ?? "-", Text.fixed(macro.sensitivity, 3),
            Text.fixed(macro.specificity, 3), Text.fixed(macro.expected_calibration_error, 3))
        let maps = findings.heat_maps.map {
            "\nheat maps that point at the structure: \($0.hits) of \($0.true_positives)"
        }
        return table.text + (maps ?? "")
    }

    private static func views(_ report: EvaluationReport) -> String? {
        guard let views = report.views else { return nil }
        var table = Table("ACQUISITION", "VIEW", "VOLUMES", "FAILURES", "ANGLE", "90 %", "DISTANCE", "90 %")
        for group in views.acquisitions {
            for row in group.views {
                table.add(
                    group.value, ViewName.short(row.view), "\(row.cases)", "\(row.failures)",
                    text(row.angle?.median, "°"), text(row.angle?.percentile_90, "°"),
                    text(row.distance?.median, " mm"), text(row.distance?.percentile_90, " mm"))
            }
        }
        return table.text
    }

    private static func text(_ value: Double?, _ unit: String) -> String {
        value.map { Text.fixed($0, 1) + unit } ?? "-"
    }

    private static func refusals(_ report: EvaluationReport) -> String? {
        let rows = report.refusals.filter { $0.kind == nil }
        guard !rows.isEmpty else { return nil }
        var table = Table("TASK", "EXPECTED", "CASES", "ANSWERED", "REFUSED", "FAILED")
        for row in rows {
            table.add(
                row.task, row.expected.rawValue, "\(row.cases)", "\(row.answered)", "\(row.refused)", "\(row.failed)")
        }
        return table.text
    }

    private static func comparison(_ report: EvaluationReport) -> String? {
        guard let comparison = report.comparison else { return nil }
        var lines: [String] = []
        if let difference = comparison.largest_auc_difference {
            lines.append("largest difference of an AUC to the other implementation: \(Text.fixed(difference, 4))")
        }
        if let difference = comparison.largest_median_angle_difference,
            let planes = comparison.largest_plane_difference
        {
            lines.append(
                "largest difference of a median angle: \(Text.fixed(difference, 3))°, of a plane: \(Text.fixed(planes, 3))°"
            )
        }
        return lines.joined(separator: "\n")
    }
}
