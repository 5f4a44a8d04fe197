/// Columns of text, two spaces apart; a column of numbers is aligned to the right.
package struct Table: Sendable {
    package var header: [String]
    package var rows: [[String]]

    package init(_ header: String..., rows: [[String]] = []) {
        self.header = header
        self.rows = rows
    }

    package mutating func add(_ cells: String...) {
        rows.append(cells)
    }

    /// The table without a line break at its end.
    package var text: String {
        let lines = header.isEmpty ? rows : [header] + rows
        let count = lines.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in lines.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        let numeric = (0..<count).map { column in
            let cells = rows.filter { column < $0.count }.map { $0[column] }.filter { !$0.isEmpty && $0 != "-" }
            return !cells.isEmpty && cells.allSatisfy(Self.isNumber)
        }
        return lines.map { line in
            let cells = line.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return numeric[column] ? padding + cell : cell + padding
            }
            let text = cells.joined(separator: "  ")
            return String(text.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }

    /// A number, with a unit or not: `12`, `-0.5`, `7.1 mm`, `12°`.
    private static func isNumber(_ cell: String) -> Bool {
        let words = cell.split(separator: " ")
        guard let first = words.first, words.count <= 2 else { return false }
        return Double(first.hasSuffix("°") ? first.dropLast() : first) != nil
    }
}
