import Foundation

/// The drawings of a findings report.
struct FindingPlots {
    let report: FindingsReport
    /// What the bundles may be used for; stands in every drawing, which may travel alone.
    let notice: String

    /// By file name.
    var all: [(name: String, title: String, svg: Data)] {
        [
            ("auc.svg", "Area under the ROC curve", areas), ("roc.svg", "ROC curves", curves),
            ("reliability.svg", "Reliability curves", reliability), ("confusion.svg", "Confusion counts", confusion),
        ]
    }

    /// Every area with its interval, the worst finding below.
    private var areas: Data {
        let rows = report.findings.filter { $0.auc != nil }.sorted { ($0.auc ?? 0) > ($1.auc ?? 0) }
        let lowest = rows.map { $0.auc_interval_95?.low ?? $0.auc ?? 1 }.min() ?? 0.5
        let floor = lowest > 0.96 ? 0.95 : lowest > 0.91 ? 0.9 : lowest > 0.81 ? 0.8 : lowest > 0.51 ? 0.5 : 0
        let height = 110.0 + Double(rows.count) * 26
        var svg = SVG(width: 700, height: height)
        svg.text("Area under the ROC curve, 95 % intervals", x: 20, y: 28, size: 15)
        svg.text(notice, x: 20, y: height - 12, "muted", size: 10)
        var panel = Panel(x: 210, y: 48, width: 380, height: Double(rows.count) * 26)
        panel.xRange = floor...1
        let ticks = (0...5).map { floor + (1 - floor) * Double($0) / 5 }.map { ($0 * 1000).rounded() / 1000 }
        panel.drawAxes(in: &svg, title: "", xTicks: ticks, yTicks: [], xLabel: "AUC", yLabel: nil)
        for (index, row) in rows.enumerated() {
            let y = panel.y + 13 + Double(index) * 26
            let area = row.auc ?? 0
            svg.text(FindingName.display(row.code), x: panel.x - 12, y: y + 4, size: 12, anchor: .end)
            if let interval = row.auc_interval_95 {
                svg.line((panel.place(interval.low, 0).0, y), (panel.place(interval.high, 0).0, y), "interval s0")
            }
            svg.dot(panel.place(area, 0).0, y, "s0", radius: 4.5)
            svg.text(Text.fixed(area, 3), x: panel.x + panel.width + 14, y: y + 4, size: 12)
        }
        return svg.document(title: "Area under the ROC curve of each finding with its 95 % interval")
    }

    private var curves: Data {
        draw("ROC curves", report.findings) { finding, panel, svg in
            svg.line(panel.place(0, 0), panel.place(1, 1), "dashed")
            panel.drawLine(finding.roc.map { ($0.false_positive_rate, $0.true_positive_rate) }, "s0", in: &svg)
            let point = panel.place(1 - finding.specificity, finding.sensitivity)
            svg.dot(point.0, point.1, "s1", radius: 4.5)
        } axes: { finding in
            let interval = finding.auc_interval_95.map { " (\(Text.fixed($0.low, 3))–\(Text.fixed($0.high, 3)))" } ?? ""
            return (
                finding.auc.map { "AUC \(Text.fixed($0, 3))\(interval)" } ?? "one class only", "false positive rate",
                "true positive rate"
            )
        } note: {
            "Dot: the service's threshold. "
        }
    }

    private var reliability: Data {
        draw("Reliability curves", report.findings) { finding, panel, svg in
            let bins = finding.reliability.bins
            let most = Double(bins.map(\.cases).max() ?? 1)
            for bin in bins {
                let (x, foot) = panel.place(bin.mean_probability, 0)
                let tall = 0.3 * panel.height * Double(bin.cases) / most
                svg.rectangle(x: x - 4, y: foot - tall, width: 8, height: tall, "bar")
            }
            svg.line(panel.place(0, 0), panel.place(1, 1), "dashed")
            for bin in bins {
                let interval = bin.interval
                svg.line(
                    panel.place(bin.mean_probability, interval.low), panel.place(bin.mean_probability, interval.high),
                    "thin s0")
            }
            for bin in bins {
                let point = panel.place(bin.mean_probability, bin.rate)
                svg.dot(point.0, point.1, "s0", radius: bin.cases < 10 ? 2.5 : 4.5)
            }
        } axes: { finding in
            (
                "ECE \(Text.fixed(finding.reliability.expected_calibration_error, 3)),"
                    + " Brier \(Text.fixed(finding.reliability.brier, 3))", "probability", "share with the finding"
            )
        } note: {
            "Lines: 95 % intervals; small dots: fewer than 10 cases; bars: cases with such a probability. "
        }
    }

    private var confusion: Data {
        let grid = PanelGrid(count: report.findings.count, heading: "Confusion counts", notice: notice)
        var svg = grid.makeDrawing()
        for (index, finding) in report.findings.enumerated() {
            let panel = grid.panel(index)
            let counts = finding.confusion
            svg.text(FindingName.display(finding.code), x: panel.x, y: panel.y - 22, size: 12)
            for (row, cells) in [
                [counts.true_positives, counts.false_negatives], [counts.false_positives, counts.true_negatives],
            ].enumerated() {
                let sum = Double(max(1, cells.reduce(0, +)))
                for (column, count) in cells.enumerated() {
                    let (side, share) = (panel.width / 2, Double(count) / sum)
                    let (x, y) = (panel.x + Double(column) * side, panel.y + Double(row) * side)
                    svg.rectangle(x: x + 1, y: y + 1, width: side - 2, height: side - 2, "bar")
                    svg.rectangle(x: x + 1, y: y + 1, width: side - 2, height: side - 2, "area", opacity: share * 0.45)
                    svg.text("\(count)", x: x + side / 2, y: y + side / 2 + 2, size: 15, anchor: .middle)
                    svg.text(
                        Text.fixed(100 * share, 1) + " %", x: x + side / 2, y: y + side / 2 + 18, size: 10,
                        anchor: .middle)
                }
                svg.text(
                    ["present", "absent"][row], x: panel.x - 8, y: panel.y + (Double(row) + 0.5) * panel.width / 2,
                    "muted", size: 10.5, anchor: .middle, isUpright: true)
            }
            for (column, label) in ["flagged", "not flagged"].enumerated() {
                svg.text(
                    label, x: panel.x + (Double(column) + 0.5) * panel.width / 2, y: panel.y + panel.height + 16,
                    "muted",
                    size: 10.5, anchor: .middle)
            }
        }
        return svg.document(title: "Confusion counts of each finding: rows are the truth, columns the service's flag")
    }

    /// A panel for each finding, both axes from 0 to 1.
    private func draw(
        _ heading: String, _ findings: [FindingReport], _ body: (FindingReport, Panel, inout SVG) -> Void,
        axes: (FindingReport) -> (detail: String, x: String, y: String), note: () -> String
    ) -> Data {
        let grid = PanelGrid(count: findings.count, heading: heading, notice: note() + notice)
        var svg = grid.makeDrawing()
        let ticks = [0, 0.5, 1]
        for (index, finding) in findings.enumerated() {
            let (panel, labels) = (grid.panel(index), axes(finding))
            panel.drawAxes(
                in: &svg, title: FindingName.display(finding.code), detail: labels.detail, xTicks: ticks, yTicks: ticks,
                xLabel: grid.isLowest(index) ? labels.x : nil, yLabel: grid.isLeft(index) ? labels.y : nil)
            body(finding, panel, &svg)
        }
        return svg.document(title: heading)
    }
}

/// Codes as people read them.
enum FindingName {
    /// `aortic_arch_sclerosis` → `Aortic arch sclerosis`.
    static func display(_ code: String) -> String {
        let words = code.replacing("_", with: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}
