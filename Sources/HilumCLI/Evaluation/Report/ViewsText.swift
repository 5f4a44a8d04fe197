/// The views of a report as Markdown.
struct ViewsText {
    private let report: ViewsReport

    init(_ report: ViewsReport) { self.report = report }

    func parts(_ image: (String) -> String?) -> [String] {
        let limit = PlaneError.limit
        return [
            """
            ## Views
            \(report.cases) volumes with known planes. Angle: between the normals. Distance: from the true centre to \
            the plane. Rotation: between the rows of the images. Failures: no plane, or one more than \
            \(Text.fixed(limit.degrees, 0))° or \(Text.fixed(limit.millimetres, 0)) mm off.
            """,
            table(report.acquisitions).text, rotations.text, image("plane-errors.svg"), subgroups,
        ].compactMap(\.self)
    }

    private func table(_ groups: [ViewsGroup]) -> MarkdownTable {
        var table = MarkdownTable(
            [
                "Acquisition", "View", "Volumes", "Failures", "Angle, mean", "Angle, median", "Angle, 90 %",
                "Distance, mean", "Distance, median", "Distance, 90 %",
            ], textColumns: 2)
        for group in groups {
            for row in group.views {
                table.add(
                    [group.value, ViewName.short(row.view), "\(row.cases)", Self.failures(row)]
                        + Self.figures(row.angle, "°") + Self.figures(row.distance, " mm"))
            }
        }
        return table
    }

    private var rotations: MarkdownTable {
        let hasMasks = report.acquisitions.contains { $0.views.contains { $0.iou != nil } }
        var table = MarkdownTable(
            ["Acquisition", "View", "Rotation, mean", "Rotation, median", "Rotation, 90 %"]
                + (hasMasks ? ["IoU", "Dice"] : []), textColumns: 2)
        for group in report.acquisitions {
            for row in group.views {
                let overlap = [row.iou, row.dice].map { $0.map { Text.fixed($0, 3) } ?? "–" }
                table.add(
                    [group.value, ViewName.short(row.view)] + Self.figures(row.rotation, "°")
                        + (hasMasks ? overlap : []))
            }
        }
        return table
    }

    private var subgroups: String? {
        guard !report.subgroups.isEmpty else { return nil }
        var table = MarkdownTable(
            ["Group", "Value", "View", "Volumes", "Failures", "Angle, median", "Angle, 90 %", "Distance, median"],
            textColumns: 3)
        for group in report.subgroups {
            for row in group.views {
                table.add([
                    group.group, group.value, ViewName.short(row.view), "\(row.cases)", Self.failures(row),
                    Self.figures(row.angle, "°")[1], Self.figures(row.angle, "°")[2],
                    Self.figures(row.distance, " mm")[1],
                ])
            }
        }
        return "### Views by subgroup\n\n" + table.text
    }

    private static func failures(_ row: ViewReport) -> String { "\(row.failures) (\(Percent.text(row.failureRate)))" }

    /// Mean, median, 90th percentile.
    private static func figures(_ figure: Distribution?, _ unit: String) -> [String] {
        guard let figure else { return ["–", "–", "–"] }
        return [figure.mean, figure.median, figure.percentile_90].map { Text.fixed($0, 1) + unit }
    }
}
