import Foundation
import Imaging

extension ReportingDevice {
    /// The volume cut along each planned view, as MR images: one series for each view, named by the source's series, so
    /// that the same cut of the same model is the same object.
    package func reformats(of plan: PlanReport, in report: StudyReport) throws(ReportingError) -> [ResultObject] {
        let series = plan.references.first?.seriesInstanceUID ?? report.source.studyInstanceUID
        // A series with a late slice is another volume.
        let volume = try UIDRoot.digest(plan.references.map(\.sopInstanceUID).sorted() + [plan.model.weightsSHA256])
        var objects: [ResultObject] = []
        for plane in plan.planes {
            for (index, bytes) in plane.reformats.enumerated() {
                let image: DataSet
                do throws(ImagingError) {
                    image = try DataSet(parsing: bytes)
                } catch {
                    throw .imaging(error)
                }
                let header = ObjectHeader(
                    kind: .reformat, sopClassUID: image.string(.sopClassUID) ?? "",
                    sopInstanceUID: try root.uid("reformat", volume, plane.shortName, "\(index)"),
                    seriesInstanceUID: try root.uid("reformat series", series, volume, plane.shortName),
                    modality: "MR", seriesNumber: image.int(.seriesNumber) ?? 9000,
                    seriesDescription: image.string(.seriesDescription) ?? "Hilum \(plane.shortName) reformat",
                    instanceNumber: index + 1)
                objects.append(
                    try header.finish(
                        image, hasOnlyASCII: true, source: report.source, device: self,
                        at: LocalTime(report.completedAt, offset: report.source.timezoneOffset)))
            }
        }
        return objects
    }
}
