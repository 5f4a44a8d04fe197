import Imaging

/// What the gates need of the field, gathered in one pass on all processors: sums over the cells of a thumbnail, and
/// counts at both ends of the scale over the cells of a grid.
///
/// Of large images every so manieth row is looked at: eight rows at least say what a cell of the grid is like.
struct FieldSurvey {
    /// Rows that are enough.
    private static let enoughRows = 512
    /// Half a step of an 8-bit display from the ends of the scale.
    private static let margin: Float = 0.5 / 255

    /// Cells along each side of the thumbnail.
    let size: Int
    /// The mean of the pixels under each cell, row by row.
    let means: [Float]
    /// Cells along each side of the grid: at most one a pixel.
    let grid: Int
    /// Pixels looked at that have the lowest value, by cell of the grid.
    private(set) var dark: [Int]
    /// Pixels looked at by cell of the grid.
    private(set) var total: [Int]
    /// Pixels looked at that have the highest value.
    private(set) var bright = 0

    init(of image: Radiograph, size: Int = ChestTemplate.size, grid: Int = 64) {
        let step = max(1, image.fieldRows.count / Self.enoughRows)
        let (rows, columns) = (image.fieldRows.count / step, image.fieldColumns.count)
        precondition(rows > 0 && columns > 0 && size > 0)
        self.size = size
        self.grid = min(grid, rows, columns)
        let spans = (0..<size).map { GreyThumbnail.span(of: $0, size: size, over: 0..<columns) }
        let across = Self.borders(self.grid, over: columns)
        let lines = image.content.withReader { pixels in
            let bands = min(rows, 8)
            return concurrentMap(bands) { band in
                Self.lines(rows * band / bands..<rows * (band + 1) / bands, of: image, step, pixels, spans, across)
            }.flatMap { $0 }
        }

        means = (0..<size * size).map { cell in
            let span = GreyThumbnail.span(of: cell / size, size: size, over: 0..<rows)
            let sum = span.reduce(Float(0)) { $0 + lines[$1].sums[cell % size] }
            return sum / Float(span.count * spans[cell % size].count)
        }
        let down = Self.borders(self.grid, over: rows)
        dark = []
        total = []
        for row in 0..<self.grid {
            for column in 0..<self.grid {
                dark.append((down[row]..<down[row + 1]).reduce(0) { $0 + Int(lines[$1].dark[column]) })
                total.append((down[row + 1] - down[row]) * (across[column + 1] - across[column]))
            }
        }
        bright = lines.reduce(0) { $0 + Int($1.bright) }
    }

    /// Where the cells of the grid begin, and where the last one ends.
    private static func borders(_ cells: Int, over count: Int) -> [Int] {
        (0...cells).map { ($0 * count + cells - 1) / cells }
    }

    /// One row of pixels.
    private struct Line {
        var sums: [Float]
        var dark: [Int32]
        var bright: Int32
    }

    private static func lines(
        _ rows: Range<Int>, of image: Radiograph, _ step: Int, _ pixels: PixelReader, _ spans: [Range<Int>],
        _ across: [Int]
    ) -> [Line] {
        let width = image.fieldColumns.count
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { scratch in
            guard let scratch = scratch.baseAddress else { return [] }
            return rows.map { row in
                let first = (image.fieldRows.lowerBound + row * step) * image.columns + image.fieldColumns.lowerBound
                let line = pixels.numbers(first..<first + width, scratch: scratch)
                return Line(
                    sums: spans.map { sum(line + $0.lowerBound, $0.count) },
                    dark: (0..<across.count - 1).map { cell in
                        count(line + across[cell], across[cell + 1] - across[cell]) { $0 .<= margin }
                    },
                    bright: count(line, width) { $0 .>= 1 - margin })
            }
        }
    }

    private typealias Vector = SIMD8<Float>

    /// Sums side by side: an addition does not wait for the one before.
    private static func sum(_ values: UnsafePointer<Float>, _ count: Int) -> Float {
        var sums = Vector.zero
        let whole = count / Vector.scalarCount * Vector.scalarCount
        for index in stride(from: 0, to: whole, by: Vector.scalarCount) {
            sums += UnsafeRawPointer(values + index).loadUnaligned(as: Vector.self)
        }
        return (whole..<count).reduce(sums.sum()) { $0 + values[$1] }
    }

    /// How many values a condition holds for.
    @inline(__always)
    private static func count(
        _ values: UnsafePointer<Float>, _ count: Int, _ holds: (Vector) -> SIMDMask<SIMD8<Int32>>
    ) -> Int32 {
        var counts = SIMD8<Int32>.zero
        let whole = count / Vector.scalarCount * Vector.scalarCount
        for index in stride(from: 0, to: whole, by: Vector.scalarCount) {
            let part = UnsafeRawPointer(values + index).loadUnaligned(as: Vector.self)
            counts.replace(with: counts &+ 1, where: holds(part))
        }
        return (whole..<count).reduce(counts.wrappedSum()) { $0 &+ (holds(Vector(repeating: values[$1]))[0] ? 1 : 0) }
    }
}
