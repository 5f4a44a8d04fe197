import Foundation

/// The drawings of how far planes lie from the true ones.
struct ViewPlots {
    let cases: [JudgedCase]
    let notice: String

    /// By file name.
    var all: [(name: String, title: String, svg: Data)] {
        [("plane-errors.svg", "How far planes lie from the true ones", distributions)]
    }

    private struct Figure: Sendable {
        let label: String
        let unit: String
        /// The axis ends here; worse planes lie at its end.
        let longest: Double
        let value: @Sendable (PlaneError) -> Double?
    }

    private static let figures = [
        Figure(label: "angle to the true plane", unit: "°", longest: 15) { $0.degrees },
        Figure(label: "distance of the true centre", unit: "mm", longest: 15) { $0.millimetres },
        Figure(label: "rotation in the plane", unit: "°", longest: 30) { $0.rotationDegrees },
    ]

    /// Share of the volumes whose error is at most so large: a column for each figure, a row for each acquisition.
    private var distributions: Data {
        let groups = Dictionary(grouping: cases) { $0.item.subgroups?[ViewsReport.acquisition] ?? "all" }
            .sorted { $0.key < $1.key }
        let grid = PanelGrid(
            count: groups.count * Self.figures.count, heading: "Share of the volumes with an error of at most …",
            notice: "Volumes without a plane never count. " + notice)
        var svg = grid.makeDrawing()
        let views = ViewName.all.map(\.name).filter { view in cases.contains { $0.error(of: view) != nil } }
        for (index, view) in views.enumerated() {
            let x = 420 + Double(index) * 62
            svg.line((x, 24), (x + 18, 24), "interval s\(index)")
            svg.text(ViewName.short(view), x: x + 24, y: 28, size: 12)
        }
        for (row, group) in groups.enumerated() {
            for (column, figure) in Self.figures.enumerated() {
                draw(figure, of: group.value, named: group.key, views, row * Self.figures.count + column, grid, &svg)
            }
        }
        return svg.document(title: "Cumulative distributions of the errors of planned views")
    }

    private func draw(
        _ figure: Figure, of members: [JudgedCase], named group: String, _ views: [String], _ index: Int,
        _ grid: PanelGrid, _ svg: inout SVG
    ) {
        let errors = views.map { view in
            (
                known: members.count { $0.item.planes?[view] != nil },
                values: members.compactMap { $0.error(of: view).flatMap(figure.value) }.sorted()
            )
        }
        let worst = errors.compactMap { $0.values.last }.max() ?? 1
        let ticks = Panel.ticks(to: min(worst, figure.longest), count: 4)
        var panel = grid.panel(index)
        panel.xRange = 0...max(ticks.last ?? 1, 1e-6)
        panel.drawAxes(
            in: &svg, title: "\(group), \(members.count) volumes", detail: figure.label, xTicks: ticks,
            yTicks: [0, 0.5, 0.9, 1], xLabel: figure.unit, yLabel: grid.isLeft(index) ? "share of the volumes" : nil)
        for (place, error) in errors.enumerated() where !error.values.isEmpty {
            var points = [(0.0, 0.0)]
            for (rank, value) in error.values.enumerated() {
                guard value <= panel.xRange.upperBound else { break }
                points.append((value, points[points.count - 1].1))
                points.append((value, Double(rank + 1) / Double(error.known)))
            }
            points.append((panel.xRange.upperBound, points[points.count - 1].1))
            panel.drawLine(points, "s\(place)", in: &svg)
        }
    }
}
