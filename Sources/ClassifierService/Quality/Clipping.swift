/// How much of the field lost its contrast at the ends of the scale.
package struct Clipping: Equatable, Sendable {
    /// Pixels at the lowest value, as a fraction of the field, without the air outside the patient: dark places that
    /// are connected with the field's border.
    package let low: Double
    /// Pixels at the highest value, as a fraction of the field.
    package let high: Double

    /// Half a step of an 8-bit display from the ends of the scale.
    private static let margin: Float = 0.5 / 255
    /// Cells along each side of the grid on which the air outside is found.
    private static let grid = 64

    package init(of image: Radiograph) {
        let field = (rows: image.fieldRows, columns: image.fieldColumns)
        let size = min(Self.grid, field.rows.count, field.columns.count)
        var low = [Int](repeating: 0, count: size * size)
        var total = low
        var high = 0
        // The columns of each cell, so that the loop over pixels only counts.
        let across = (0...size).map { field.columns.lowerBound + ($0 * field.columns.count + size - 1) / size }
        image.pixels.withUnsafeBufferPointer { pixels in
            for row in field.rows {
                let cellRow = (row - field.rows.lowerBound) * size / field.rows.count
                let line = pixels.baseAddress.map { $0 + row * image.columns }
                guard let line else { return }
                for column in 0..<size {
                    var (dark, bright): (Int32, Int32) = (0, 0)
                    for x in across[column]..<across[column + 1] {
                        dark &+= line[x] <= Self.margin ? 1 : 0
                        bright &+= line[x] >= 1 - Self.margin ? 1 : 0
                    }
                    let cell = cellRow * size + column
                    low[cell] += Int(dark)
                    total[cell] += across[column + 1] - across[column]
                    high += Int(bright)
                }
            }
        }
        let dark = low.indices.map { low[$0] * 10 >= total[$0] * 9 }
        let outside = Self.connectedWithBorder(dark, size: size)
        let count = Double(field.rows.count * field.columns.count)
        self.low = Double(low.indices.reduce(0) { $0 + (outside[$1] ? 0 : low[$1]) }) / count
        self.high = Double(high) / count
    }

    /// The marked cells that a path over marked cells connects with the border of a square grid.
    private static func connectedWithBorder(_ marked: [Bool], size: Int) -> [Bool] {
        var reached = [Bool](repeating: false, count: marked.count)
        var open = marked.indices.filter { index in
            let (row, column) = (index / size, index % size)
            return marked[index] && (row == 0 || column == 0 || row == size - 1 || column == size - 1)
        }
        open.forEach { reached[$0] = true }
        while let index = open.popLast() {
            let (row, column) = (index / size, index % size)
            for (r, c) in [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
            where (0..<size).contains(r) && (0..<size).contains(c) && marked[r * size + c] && !reached[r * size + c] {
                reached[r * size + c] = true
                open.append(r * size + c)
            }
        }
        return reached
    }
}
