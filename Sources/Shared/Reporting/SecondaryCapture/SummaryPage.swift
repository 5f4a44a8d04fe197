import Foundation
import Imaging

/// What Hilum says of one image or one planned series, on a page for people. It names no patient.
struct SummaryPage {
    struct Row {
        let cells: [String]
        var isMarked = false
    }

    let title: String
    let subtitle: String
    let columns: [(name: String, share: Double)]
    let rows: [Row]
    /// Sentences below the table.
    let notes: [String]
    let warning: String

    private static let width = 900
    private static let margin = 28.0
    private static let rowHeight = 30.0
    /// So many rows fit on a page that every viewer shows.
    static let largestRowCount = 60

    func picture() throws(ReportingError) -> Picture {
        let inner = Double(Self.width) - 2 * Self.margin
        let rows = rows.prefix(Self.largestRowCount)
        let measure = try Canvas(width: Self.width, height: 1)
        var height = 150 + Double(rows.count + 1) * Self.rowHeight + 40
        for note in notes { height += measure.height(of: note, width: inner, size: 16) + 6 }
        height += measure.height(of: warning, width: inner, size: 22, bold: true) + 30

        let canvas = try Canvas(width: Self.width, height: Int(height))
        var y = 24.0
        y += canvas.text("Hilum", x: Self.margin, y: y, width: inner, size: 18, bold: true, .grey) + 4
        y += canvas.text(title, x: Self.margin, y: y, width: inner, size: 28, bold: true) + 4
        y += canvas.text(subtitle, x: Self.margin, y: y, width: inner, size: 17, .grey) + 18
        if !rows.isEmpty { y = table(rows, on: canvas, y: y, width: inner) }
        for note in notes { y += canvas.text(note, x: Self.margin, y: y, width: inner, size: 16) + 6 }
        canvas.text(warning, x: Self.margin, y: y + 14, width: inner, size: 22, bold: true, .warning)
        return try canvas.picture()
    }

    private func table(_ rows: ArraySlice<Row>, on canvas: borrowing Canvas, y: Double, width: Double) -> Double {
        var y = y
        line(columns.map(\.name), on: canvas, y: y, width: width, bold: true, .grey)
        y += Self.rowHeight
        for row in rows {
            canvas.fill(x: Self.margin, y: y - 4, width: width, height: 1, .line)
            line(row.cells, on: canvas, y: y, width: width, bold: row.isMarked, row.isMarked ? .amber : .white)
            y += Self.rowHeight
        }
        canvas.fill(x: Self.margin, y: y - 4, width: width, height: 1, .line)
        return y + 14
    }

    private func line(
        _ cells: [String], on canvas: borrowing Canvas, y: Double, width: Double, bold: Bool, _ colour: Colour
    ) {
        var x = Self.margin
        for (cell, column) in zip(cells, columns) {
            canvas.text(cell, x: x, y: y, width: width * column.share, size: 16, bold: bold, colour)
            x += width * column.share
        }
    }
}

extension SummaryPage {
    /// The page of a radiograph.
    init(_ image: ImageReport, number: Int, in report: StudyReport) {
        title = "Chest X-ray: " + (image.isGradable ? image.verdict : "not gradable")
        subtitle = "Image \(number) of \(report.images.count); reading priority of the study: \(report.priority)"
        columns = [("Finding", 0.46), ("Probability", 0.18), ("Threshold", 0.18), ("Flag", 0.18)]
        rows = image.findings.map { finding in
            Row(
                cells: [
                    finding.display, Figures.share(finding.probability), Figures.share(finding.threshold),
                    finding.isFlagged ? "flagged" : "-",
                ], isMarked: finding.isFlagged)
        }
        var notes: [String] = []
        if !image.isGradable {
            notes.append(
                "Nothing is said about findings; a human has to look: " + image.reasons.joined(separator: ", "))
        }
        let gates = image.gates.map { gate in
            "\(gate.name) \(Figures.short(gate.value)) (limit \(Figures.short(gate.limit)) \(gate.unit), "
                + (gate.passed ? "passed)" : "failed)")
        }
        if !gates.isEmpty { notes.append("Image quality: " + gates.joined(separator: "; ")) }
        self.notes = notes + Self.provenance([image.model] + image.findings.map(\.model), report)
        warning = Figures.warning(image.model)
    }

    /// The page of a planned series.
    init(_ plan: PlanReport, in report: StudyReport) {
        title = "Cardiac MR: \(plan.planes.count) views planned"
        subtitle = "From \(plan.references.count) instances; patient coordinates (LPS), mm"
        columns = [("View", 0.24), ("Centre", 0.3), ("Normal", 0.26), ("Confidence", 0.2)]
        rows = plan.planes.map { plane in
            Row(
                cells: [
                    "\(plane.view.meaning)", Self.point(plane.center, "%.1f"),
                    Self.point(plane.row.cross(plane.column), "%.2f"), Figures.share(plane.confidence),
                ])
        }
        notes =
            plan.planes.compactMap { plane in
                plane.slices.map {
                    "\(plane.shortName): \($0.count) slices of \(Figures.short($0.thickness)) mm, gap "
                        + "\(Figures.short($0.gap)) mm"
                }
            } + Self.provenance([plan.model], report)
        warning = Figures.warning(plan.model)
    }

    /// The page of a study of which nothing was answered.
    init(unreadOf report: StudyReport) {
        title = "No answer"
        subtitle = "Reading priority of the study: \(report.priority)"
        columns = [("Reason", 1)]
        rows = report.unread.map { Row(cells: [$0.reason]) }
        notes = []
        warning = "Not for clinical use"
    }

    private static func point(_ point: Vector3D, _ format: String) -> String {
        [point.x, point.y, point.z].map { String(format: format, $0) }.joined(separator: "  ")
    }

    private static func provenance(_ models: [ModelIdentity], _ report: StudyReport) -> [String] {
        var seen: Set<ModelIdentity> = []
        var notes = models.filter { !$0.name.isEmpty && seen.insert($0).inserted }.map {
            "Model \($0.name)/\($0.version), weights SHA-256 \($0.weightsSHA256.prefix(16))…"
        }
        if !report.unread.isEmpty { notes.append("Instances of the study without an answer: \(report.unread.count)") }
        return notes
    }
}

extension ImageReport {
    fileprivate var verdict: String {
        let count = findings.count(where: \.isFlagged)
        return count == 0 ? "nothing flagged" : count == 1 ? "1 finding flagged" : "\(count) findings flagged"
    }
}

extension ReportingDevice {
    /// A page for each radiograph and each planned series, or one that says why there is none.
    package func summaries(_ report: StudyReport) throws(ReportingError) -> [ResultObject] {
        var pages = report.images.enumerated().map { index, image in
            (SummaryPage(image, number: index + 1, in: report), [image.reference], "CHEST")
        }
        pages += report.plans.map { (SummaryPage($0, in: report), $0.references, "HEART") }
        if pages.isEmpty { pages.append((SummaryPage(unreadOf: report), report.unread.map(\.reference), "CHEST")) }
        var objects: [ResultObject] = []
        let study = report.source.studyInstanceUID
        for (page, sources, bodyPart) in pages {
            let capture = SecondaryCapture(
                picture: try page.picture(), sources: sources, derivation: "Summary of the answers",
                bodyPart: bodyPart)
            let number = objects.count + 1
            let header = ObjectHeader(
                kind: .summary, sopClassUID: SecondaryCapture.storage,
                sopInstanceUID: try root.uid("summary", study, "\(report.version)", "\(number)"),
                seriesInstanceUID: try root.uid("summary series", study), modality: "OT", seriesNumber: 9103,
                seriesDescription: "Hilum summary", instanceNumber: report.version * 1000 + number)
            objects.append(
                try capture.object(header, source: report.source, device: self, completedAt: report.completedAt))
        }
        return objects
    }
}
