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
    /// Words of 16 bits, all of the image's among them, whose values rise with the word; nil where there are none.
    let rising: ClosedRange<Int>?

    func find() -> ImageRegion {
        let whole = ImageRegion(rows: 0..<rows, columns: 0..<columns)
        let tolerance = (range.upperBound - range.lowerBound) * Self.tolerance
        guard tolerance > 0 else { return whole }
        var field = whole
        // A second round finds the bands that the first one's bands had crossed.
        for _ in 0..<2 {
            field.rows = trimmedRows(field, tolerance)
            field.columns = trimmedColumns(field, tolerance)
        }
        let isPlausible =
            Double(field.rows.count) >= Self.smallestFraction * Double(rows)
            && Double(field.columns.count) >= Self.smallestFraction * Double(columns)
        return isPlausible ? field : whole
    }

    private func level(_ count: Int, _ place: (Int) -> Int, _ tolerance: Float) -> LevelPixels {
        let median = OrderStatistics.median((0..<count).map { values[place($0)] })
        return LevelPixels(median, tolerance: tolerance, in: values, rising: rising)
    }

    private func strays(allowedOf count: Int) -> Int { Int(Double(count) * Self.strayFraction) }

    /// The rows without the constant ones at both ends.
    private func trimmedRows(_ field: ImageRegion, _ tolerance: Float) -> Range<Int> {
        guard let first = field.rows.first, let last = field.rows.last else { return field.rows }
        let start = { $0 * columns + field.columns.lowerBound }
        let width = field.columns.count
        let allowed = strays(allowedOf: width)
        let (top, bottom) = (
            level(width, { start(first) + $0 }, tolerance), level(width, { start(last) + $0 }, tolerance)
        )
        var (lower, upper) = (field.rows.lowerBound, field.rows.upperBound)
        while lower < upper, top.strays(from: start(lower), count: width) <= allowed { lower += 1 }
        while upper > lower, bottom.strays(from: start(upper - 1), count: width) <= allowed { upper -= 1 }
        return lower..<upper
    }

    /// The columns without the constant ones at both ends.
    private func trimmedColumns(_ field: ImageRegion, _ tolerance: Float) -> Range<Int> {
        guard let first = field.columns.first, let last = field.columns.last else { return field.columns }
        let start = { (field.rows.lowerBound + $0) * columns }
        let (left, right) = (
            level(field.rows.count, { start($0) + first }, tolerance),
            level(field.rows.count, { start($0) + last }, tolerance)
        )
        let lower = field.columns.lowerBound + constantColumns(field, left, fromRight: false)
        let rest = ImageRegion(rows: field.rows, columns: lower..<field.columns.upperBound)
        return lower..<field.columns.upperBound - constantColumns(rest, right, fromRight: true)
    }

    /// How many columns are constant in a row, from the left or from the right.
    ///
    /// Columns are looked at block by block, row by row, since memory gives rows; the first blocks are small, for most
    /// images have no band.
    private func constantColumns(_ field: ImageRegion, _ level: LevelPixels, fromRight: Bool) -> Int {
        let allowed = strays(allowedOf: field.rows.count)
        var found = 0
        var size = 4
        while found < field.columns.count {
            size = min(4 * size, 256, field.columns.count - found)
            let first =
                fromRight ? field.columns.upperBound - found - size : field.columns.lowerBound + found
            var strays = [UInt32](repeating: 0, count: size)
            let outermost = fromRight ? size - 1 : 0
            strays.withUnsafeMutableBufferPointer { strays in
                for row in field.rows where strays[outermost] <= allowed {
                    level.countStrays(from: row * columns + first, into: strays)
                }
            }
            if fromRight { strays.reverse() }
            let constant = strays.prefix { $0 <= allowed }.count
            found += constant
            guard constant == size else { break }
        }
        return found
    }
}
