/// How much of the field lost its contrast at the ends of the scale.
package struct Clipping: Equatable, Sendable {
    /// Pixels at the lowest value, as a fraction of the field, without the air outside the patient: dark places that
    /// are connected with the field's border.
    package let low: Double
    /// Pixels at the highest value, as a fraction of the field.
    package let high: Double

    package init(of image: Radiograph) {
        self.init(FieldSurvey(of: image))
    }

    init(_ survey: FieldSurvey) {
        let (low, total) = (survey.dark, survey.total)
        let dark = low.indices.map { low[$0] * 10 >= total[$0] * 9 }
        // The air outside is found on the cells of the grid.
        let outside = Self.connectedWithBorder(dark, size: survey.grid)
        let count = Double(total.reduce(0, +))
        self.low = Double(low.indices.reduce(0) { $0 + (outside[$1] ? 0 : low[$1]) }) / count
        high = Double(survey.bright) / count
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
