import Foundation

/// A pair of axes in a drawing, and where values lie on it.
struct Panel {
    let x: Double
    let y: Double
    let width: Double
    let height: Double
    /// The values at the ends of the axes.
    var xRange = 0.0...1.0
    var yRange = 0.0...1.0

    func place(_ px: Double, _ py: Double) -> (Double, Double) {
        let across = (px - xRange.lowerBound) / (xRange.upperBound - xRange.lowerBound)
        let up = (py - yRange.lowerBound) / (yRange.upperBound - yRange.lowerBound)
        return (x + across * width, y + height - up * height)
    }

    /// Grid lines, numbers at their ends, and what the axes are.
    func drawAxes(
        in svg: inout SVG, title: String, detail: String = "", xTicks: [Double], yTicks: [Double], xLabel: String?,
        yLabel: String?
    ) {
        for tick in xTicks {
            let (px, _) = place(tick, yRange.lowerBound)
            svg.line((px, y), (px, y + height), "grid")
            svg.text(Self.label(tick), x: px, y: y + height + 14, "muted", size: 10, anchor: .middle)
        }
        for tick in yTicks {
            let (_, py) = place(xRange.lowerBound, tick)
            svg.line((x, py), (x + width, py), "grid")
            svg.text(Self.label(tick), x: x - 6, y: py + 3.5, "muted", size: 10, anchor: .end)
        }
        svg.line((x, y + height), (x + width, y + height), "rule")
        svg.line((x, y), (x, y + height), "rule")
        svg.text(title, x: x, y: y - (detail.isEmpty ? 8 : 22), size: 12)
        if !detail.isEmpty { svg.text(detail, x: x, y: y - 7, "muted", size: 10.5) }
        if let xLabel { svg.text(xLabel, x: x + width / 2, y: y + height + 30, "muted", size: 10.5, anchor: .middle) }
        if let yLabel {
            svg.text(yLabel, x: x - 34, y: y + height / 2, "muted", size: 10.5, anchor: .middle, isUpright: true)
        }
    }

    /// A line that stays inside the axes.
    func drawLine(_ points: [(Double, Double)], _ style: String, in svg: inout SVG) {
        svg.polyline(
            points.map { place(min(max($0.0, xRange.lowerBound), xRange.upperBound), $0.1) }, style)
    }

    private static func label(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(format: "%g", value)
    }

    /// About `count` round numbers from 0 to at least `end`.
    static func ticks(to end: Double, count: Int = 5) -> [Double] {
        let raw = max(end, 1e-9) / Double(count)
        let magnitude = pow(10, floor(log10(raw)))
        let step = [1, 2, 2.5, 5, 10].map { $0 * magnitude }.first { $0 >= raw * 0.999 } ?? raw
        return (0...Int((end / step).rounded(.up))).map { Double($0) * step }
    }
}

/// Panels of one size in rows, three to a row.
struct PanelGrid {
    static let columns = 3
    let count: Int
    let heading: String
    let notice: String
    private let side = 168.0
    private let step = (x: 236.0, y: 258.0)
    private let origin = (x: 62.0, y: 92.0)

    var width: Double { origin.x + Double(min(count, Self.columns)) * step.x - 20 }
    var height: Double { origin.y + Double((count + Self.columns - 1) / Self.columns) * step.y }

    func panel(_ index: Int) -> Panel {
        Panel(
            x: origin.x + Double(index % Self.columns) * step.x, y: origin.y + Double(index / Self.columns) * step.y,
            width: side, height: side)
    }

    /// Axes have their names at the left and below the last panel of a column.
    func isLeft(_ index: Int) -> Bool { index % Self.columns == 0 }
    func isLowest(_ index: Int) -> Bool { index + Self.columns >= count }

    func makeDrawing() -> SVG {
        var svg = SVG(width: max(width, 480), height: height)
        svg.text(heading, x: 20, y: 28, size: 15)
        svg.text(notice, x: 20, y: height - 12, "muted", size: 10)
        return svg
    }
}
