/// A table in Markdown; numbers are aligned to the right.
struct MarkdownTable {
    private let header: [String]
    private var rows: [[String]] = []
    private let textColumns: Int

    /// - Parameter textColumns: how many columns from the left hold words.
    init(_ header: [String], textColumns: Int = 1) {
        self.header = header
        self.textColumns = textColumns
    }

    mutating func add(_ cells: [String]) { rows.append(cells.map(Self.escaped)) }

    var isEmpty: Bool { rows.isEmpty }

    var text: String {
        let rule = header.indices.map { $0 < textColumns ? "---" : "---:" }
        return ([header, rule] + rows).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
    }

    private static func escaped(_ cell: String) -> String {
        cell.replacing("|", with: "\\|").replacing("\n", with: " ")
    }
}
