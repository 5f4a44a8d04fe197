import Foundation
package import Imaging

/// The page of one flagged finding: overlay, legend, figures, and what the model may be used for.
struct HeatMapPage {
    let finding: FindingReport
    let overlay: Picture

    private static let margin = 16.0
    private static let least = 560

    func picture() throws(ReportingError) -> Picture {
        let width = max(overlay.width, Self.least)
        let canvas = try Canvas(width: width, height: overlay.height + 190)
        canvas.draw(overlay, x: Double((width - overlay.width) / 2), y: 0)
        let inner = Double(width) - 2 * Self.margin
        var y = Double(overlay.height) + 10
        y += canvas.text(finding.display, x: Self.margin, y: y, width: inner, size: 26, bold: true, .amber)
        y +=
            canvas.text(
                "Probability \(Figures.share(finding.probability)), threshold \(Figures.share(finding.threshold)), "
                    + "\(finding.model.name)/\(finding.model.version)",
                x: Self.margin, y: y, width: inner, size: 17) + 10
        y += legend(on: canvas, y: y, width: inner) + 8
        canvas.text(
            Figures.warning(finding.model), x: Self.margin, y: y, width: inner, size: 19, bold: true, .warning)
        return try canvas.picture()
    }

    /// The colours and what they mean; returns the height taken.
    private func legend(on canvas: borrowing Canvas, y: Double, width: Double) -> Double {
        let bar = 180.0
        for step in 0..<Int(bar) {
            canvas.fill(
                x: Self.margin + Double(step), y: y + 3, width: 1, height: 16, ColourScale.colour(Double(step) / bar))
        }
        return canvas.text(
            "little … much: how strongly the image speaks for the finding", x: Self.margin + bar + 12, y: y,
            width: width - bar - 12, size: 15, .grey)
    }
}

/// Figures in words.
enum Figures {
    static func share(_ value: Double) -> String { String(format: "%.3f", value) }

    static func short(_ value: Double) -> String { String(format: "%.4g", value) }

    /// What is burned in: what the bundle says of itself, and where it says nothing, the safe thing.
    static func warning(_ model: ModelIdentity) -> String {
        model.intendedUse.isEmpty
            ? "Not for clinical use"
            : model.intendedUse.prefix(1).uppercased()
                + model.intendedUse.dropFirst()
    }
}

extension ReportingDevice {
    /// One page for each flagged finding of `image` that has a heat map.
    ///
    /// - Parameter pixels: the radiograph as shown.
    package func heatMaps(
        of image: ImageReport, shown pixels: PresentedImage, in report: StudyReport
    ) throws(ReportingError) -> [ResultObject] {
        let flagged = image.findings.filter { $0.isFlagged && $0.heatMap != nil }
        guard !flagged.isEmpty else { return [] }
        let overlay = HeatMapOverlay(pixels)
        var objects: [ResultObject] = []
        for finding in flagged {
            guard let heatMap = finding.heatMap else { continue }
            let page = try HeatMapPage(finding: finding, overlay: try overlay.picture(heatMap)).picture()
            let capture = SecondaryCapture(
                picture: page, sources: [image.reference],
                derivation: "Heat map of one finding over the radiograph", bodyPart: "CHEST")
            let header = ObjectHeader(
                kind: .heatMap, sopClassUID: SecondaryCapture.storage,
                sopInstanceUID: try root.uid("heatmap", image.reference.sopInstanceUID, finding.code, finding.basis),
                seriesInstanceUID: try root.uid("heatmap series", image.reference.sopInstanceUID), modality: "OT",
                seriesNumber: 9102,
                seriesDescription: "Hilum heat maps", instanceNumber: objects.count + 1)
            objects.append(
                try capture.object(header, source: report.source, device: self, completedAt: report.completedAt))
        }
        return objects
    }
}

extension FindingReport {
    /// What a picture of the finding depends on besides the image.
    fileprivate var basis: String { "\(probability) \(threshold) \(model.weightsSHA256)" }
}
