package import Foundation
import Imaging

/// What a result object is. The raw value stands in configuration, ledger and metrics.
package enum ResultKind: String, Sendable, Hashable, CaseIterable {
    /// TID 1500 Measurement Report.
    case structuredReport = "sr"
    /// Secondary capture, one for each flagged finding with a heat map.
    case heatMap = "heatmap"
    /// Secondary capture for people.
    case summary = "summary"
    /// MR images along the planned views.
    case reformat = "reformat"
}

/// One DICOM object made from answers.
package struct ResultObject: Sendable {
    package let kind: ResultKind
    package let reference: InstanceReference
    /// Part 10, Explicit VR Little Endian.
    package let bytes: Data
}

/// What every result object has in common: the source's patient and study, a series and a name of its own, who made
/// it and when.
struct ObjectHeader {
    let kind: ResultKind
    let sopClassUID: String
    let sopInstanceUID: String
    let seriesInstanceUID: String
    let modality: String
    let seriesNumber: Int
    let seriesDescription: String
    let instanceNumber: Int

    func reference(in source: SourceStudy) -> InstanceReference {
        InstanceReference(
            studyInstanceUID: source.studyInstanceUID, seriesInstanceUID: seriesInstanceUID, sopClassUID: sopClassUID,
            sopInstanceUID: sopInstanceUID, modality: modality)
    }

    /// Writes patient, study, series, equipment and SOP common modules over `object` and serialises it.
    ///
    /// The source's text keeps its bytes and its character set, so that archives find the same patient. Where
    /// `object` has text of its own outside ASCII, all of it is in UTF-8 instead.
    func finish(
        _ object: DataSet, hasOnlyASCII: Bool, source: SourceStudy, device: ReportingDevice, at time: LocalTime
    ) throws(ReportingError) -> ResultObject {
        do throws(ImagingError) {
            try writeSource(hasOnlyASCII ? source.modules : source.unicode ?? source.modules, to: object)
            if !hasOnlyASCII { try object.set(.specificCharacterSet, "ISO_IR 192") }
            try object.set(.studyInstanceUID, source.studyInstanceUID)
            try object.set(.sopClassUID, sopClassUID)
            try object.set(.sopInstanceUID, sopInstanceUID)
            try object.set(.seriesInstanceUID, seriesInstanceUID)
            try object.set(.modality, modality)
            try object.set(.seriesNumber, seriesNumber)
            try object.set(.seriesDescription, seriesDescription)
            try object.set(.instanceNumber, instanceNumber)
            try object.set(.manufacturer, device.manufacturer)
            try object.set(.manufacturerModelName, device.modelName)
            try object.set(.deviceSerialNumber, device.serialNumber)
            try object.set(.softwareVersions, device.softwareVersion)
            try object.set(.timezoneOffsetFromUTC, time.offset)
            for tag in [Tag.seriesDate, .contentDate, .instanceCreationDate] { try object.set(tag, time.date) }
            for tag in [Tag.seriesTime, .contentTime, .instanceCreationTime] { try object.set(tag, time.time) }
            return ResultObject(kind: kind, reference: reference(in: source), bytes: try object.serialised())
        } catch {
            throw .imaging(error)
        }
    }

    private func writeSource(_ modules: DataSet, to object: DataSet) throws(ImagingError) {
        object.remove(.specificCharacterSet)
        for tag in SourceStudy.required { try object.set(tag, "") }
        for tag in modules.tags { try object.copy(tag, from: modules) }
    }
}

extension Tag {
    static let instanceCreationDate = Tag(0x0008, 0x0012)
    static let instanceCreationTime = Tag(0x0008, 0x0013)
    static let seriesDate = Tag(0x0008, 0x0021)
    static let contentDate = Tag(0x0008, 0x0023)
    static let seriesTime = Tag(0x0008, 0x0031)
    static let contentTime = Tag(0x0008, 0x0033)
    static let manufacturerModelName = Tag(0x0008, 0x1090)
    static let deviceSerialNumber = Tag(0x0018, 0x1000)
    static let softwareVersions = Tag(0x0018, 0x1020)
}
