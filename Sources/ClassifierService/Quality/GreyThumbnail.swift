import Foundation

/// A small square of grey values, the mean of the pixels under each cell; the image's aspect is not kept.
///
/// Rows run from top to bottom, columns from left to right of the image as displayed.
package struct GreyThumbnail: Equatable, Sendable {
    /// Cells along each side.
    package let size: Int
    /// Row by row.
    package private(set) var cells: [Float]

    /// Averages the field of an image.
    package init(of image: Radiograph, size: Int) {
        self.init(FieldSurvey(of: image, size: size))
    }

    init(_ survey: FieldSurvey) {
        self.init(size: survey.size, cells: survey.means)
    }

    private init(size: Int, cells: [Float]) {
        self.size = size
        self.cells = cells
    }

    /// The pixels under a cell; at least one, also where there are fewer pixels than cells.
    static func span(of cell: Int, size: Int, over range: Range<Int>) -> Range<Int> {
        let start = range.lowerBound + cell * range.count / size
        let end = range.lowerBound + (cell + 1) * range.count / size
        return start..<min(max(end, start + 1), range.upperBound)
    }

    /// The thumbnail turned by a quarter, counter-clockwise.
    package var turned: GreyThumbnail {
        var result = cells
        for row in 0..<size {
            for column in 0..<size { result[(size - 1 - column) * size + row] = cells[row * size + column] }
        }
        return GreyThumbnail(size: size, cells: result)
    }

    /// The thumbnail turned clockwise by a multiple of 90 degrees.
    package func turned(clockwise degrees: Int) -> GreyThumbnail {
        (0..<(360 - degrees) / 90 % 4).reduce(self) { thumbnail, _ in thumbnail.turned }
    }

    /// Each cell's rank among all cells, −0.5…0.5, equal cells sharing one: independent of tone curves and windows,
    /// and negated when the image is inverted.
    package var ranked: GreyThumbnail {
        let order = cells.indices.sorted { cells[$0] < cells[$1] }
        var ranks = cells
        var start = 0
        while start < order.count {
            var end = start
            while end < order.count, cells[order[end]] - cells[order[start]] < 1e-4 { end += 1 }
            let middle = (Float(start) + Float(end)) / 2 / Float(order.count) - 0.5
            for index in order[start..<end] { ranks[index] = middle }
            start = end
        }
        return GreyThumbnail(size: size, cells: ranks)
    }

    /// The cells with the mean of their row removed.
    var removingRowMeans: GreyThumbnail {
        var result = cells
        for start in stride(from: 0, to: cells.count, by: size) {
            let mean = cells[start..<start + size].reduce(0, +) / Float(size)
            for index in start..<start + size { result[index] -= mean }
        }
        return GreyThumbnail(size: size, cells: result)
    }

    /// The cells with the mean removed.
    var centred: [Float] {
        let mean = cells.reduce(0, +) / Float(cells.count)
        return cells.map { $0 - mean }
    }

    /// The cells with the means of their row and of their column removed: what is left is not a gradient and not a
    /// band, however strong.
    var doublyCentred: [Float] {
        var columnMeans = [Float](repeating: 0, count: size)
        var rowMeans = columnMeans
        for row in 0..<size {
            for column in 0..<size {
                rowMeans[row] += cells[row * size + column] / Float(size)
                columnMeans[column] += cells[row * size + column] / Float(size)
            }
        }
        let mean = rowMeans.reduce(0, +) / Float(size)
        return cells.indices.map { cells[$0] - rowMeans[$0 / size] - columnMeans[$0 % size] + mean }
    }

    /// Cells drawn by a function of the cell's centre, −0.5…0.5 from left to right and from top to bottom.
    static func drawn(size: Int, _ value: (_ x: Double, _ y: Double) -> Double) -> GreyThumbnail {
        let cells = (0..<size * size).map { index in
            Float(
                value(
                    (Double(index % size) + 0.5) / Double(size) - 0.5, (Double(index / size) + 0.5) / Double(size) - 0.5
                ))
        }
        return GreyThumbnail(size: size, cells: cells)
    }
}
