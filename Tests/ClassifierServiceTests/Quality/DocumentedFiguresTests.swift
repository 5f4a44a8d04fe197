import ClassifierService
import Foundation
import Imaging
import Testing
import Wire

/// Holds the table of `docs/quality-gates.md` against what the gates measure.
@Suite struct DocumentedFiguresTests {
    private static let root = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL
    private static let columns = ["size", "blank", "clipping", "chest", "polarity", "rotation", "lateral"]

    /// The cells of the table's rows that begin with a file below `folder`.
    private static func rows(below folder: String) -> [[String]] {
        let text = (try? String(contentsOf: root.appending(path: "docs/quality-gates.md"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").filter { $0.hasPrefix("| `\(folder)") }.map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    /// A row as the gates give it, without the header's word on body part and view.
    private static func measured(_ name: String, _ bytes: Data) throws -> [String] {
        let image = try ChestImage(bytes, mediaType: "").radiograph
        let report = QualityGates().examine(
            Radiograph(
                rows: image.rows, columns: image.columns, pixels: image.pixels, fieldRows: image.fieldRows,
                fieldColumns: image.fieldColumns, storedRange: image.storedRange))
        let figures = columns.map { column in
            guard let gate = report.gates.first(where: { $0.name == column }) else { return "–" }
            let isWhole = column == "size" || column == "rotation"
            let text = isWhole ? String(Int(gate.value)) : String(format: "%.2f", gate.value)
            return gate.passed ? text : "**\(text)**"
        }
        return ["`\(name)`"] + figures
    }

    @Test func `the figures of the samples are those documented`() throws {
        let rows = Self.rows(below: "samples/")
        #expect(rows.count == 6)
        for row in rows {
            let name = row[0].trimmingCharacters(in: ["`"])
            let bytes = try Data(contentsOf: Self.root.appending(path: name))
            let found = try Self.measured(name, bytes)
            #expect(found == row)
        }
    }

    @Test(.enabled(if: SharedData.isPresent, "../shared/data is not here"))
    func `the figures of the real images are those documented`() throws {
        let rows = Self.rows(below: "cxr")
        #expect(rows.count == 5)
        for row in rows {
            let name = row[0].trimmingCharacters(in: ["`"])
            let found = try Self.measured(name, SharedData.bytes(name))
            #expect(found == row)
        }
    }
}
