/// A rectangle of pixels.
package struct ImageRegion: Equatable, Sendable {
    package var rows: Range<Int>
    package var columns: Range<Int>

    package init(rows: Range<Int>, columns: Range<Int>) {
        self.rows = rows
        self.columns = columns
    }

    package var pixels: Int { rows.count * columns.count }
}

/// Finds the part of a radiograph that was exposed: what is left without the constant bands that collimator blades,
/// shutters and padding leave at the borders.
///
/// A row belongs to a band while at least 98 % of its pixels lie within 1 % of the image's range of the median of the
/// outermost row; the 2 % leave room for a side marker. Columns likewise, within the rows left.
struct ExposedFieldFinder {
    static let tolerance: Float = 0.01
    static let strayFraction = 0.02
    /// A field smaller than this part of a side is no field: then the whole image is taken.
    static let smallestFraction = 0.2

    let values: PixelReader
    let rows: Int
    let columns: Int
    /// Lowest and highest value of the image.
    let range: ClosedRange<Float>

    func find() -> ImageRegion {
        let whole = ImageRegion(rows: 0..<rows, columns: 0..<columns)
        let tolerance = (range.upperBound - range.lowerBound) * Self.tolerance
        guard tolerance > 0 else { return whole }
        var field = whole
        // A second round finds the bands that the first one's bands had crossed.
        for _ in 0..<2 {
            field.rows = trim(field.rows, tolerance) { line(row: $0, field.columns) }
            field.columns = trim(field.columns, tolerance) { line(column: $0, field.rows) }
        }
        let isPlausible =
            Double(field.rows.count) >= Self.smallestFraction * Double(rows)
            && Double(field.columns.count) >= Self.smallestFraction * Double(columns)
        return isPlausible ? field : whole
    }

    /// Evenly spaced pixels of one line: start, distance, count.
    private struct Line {
        var start: Int
        var stride: Int
        var count: Int
    }

    private func line(row: Int, _ within: Range<Int>) -> Line {
        Line(start: row * columns + within.lowerBound, stride: 1, count: within.count)
    }

    private func line(column: Int, _ within: Range<Int>) -> Line {
        Line(start: within.lowerBound * columns + column, stride: columns, count: within.count)
    }

    /// `lines` without the constant ones at both ends.
    private func trim(_ lines: Range<Int>, _ tolerance: Float, _ line: (Int) -> Line) -> Range<Int> {
        guard let first = lines.first, let last = lines.last else { return lines }
        var (lower, upper) = (lines.lowerBound, lines.upperBound)
        let level = median(line(first))
        while lower < upper, isConstant(line(lower), level, tolerance) { lower += 1 }
        let farLevel = median(line(last))
        while upper > lower, isConstant(line(upper - 1), farLevel, tolerance) { upper -= 1 }
        return lower..<upper
    }

    private func isConstant(_ line: Line, _ level: Float, _ tolerance: Float) -> Bool {
        let allowed = Int(Double(line.count) * Self.strayFraction)
        var stray = 0
        var index = line.start
        for _ in 0..<line.count {
            if abs(values[index] - level) > tolerance {
                stray += 1
                if stray > allowed { return false }
            }
            index += line.stride
        }
        return true
    }

    private func median(_ line: Line) -> Float {
        OrderStatistics.median((0..<line.count).map { values[line.start + $0 * line.stride] })
    }
}
