package import Imaging

/// An attribute of the header that is kept for searches (PS3.18 §10.6.1.2 and §10.6.3.3), and for what is shown of
/// them. There is one of each.
package final class SearchAttribute: Hashable, Sendable {
    /// What an attribute tells of.
    package enum Level: Int, Hashable, Sendable, Comparable, CaseIterable {
        case study
        case series
        case instance

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// The attribute, behind the sequence that it lies in, if any.
    package let path: [Tag]
    package let keyword: String
    package let vr: String
    package let level: Level
    /// Its name in tables.
    package let column: String
    /// Whether it is shown to those who do not ask for it.
    package let isShown: Bool

    private init(
        _ tag: Tag, _ keyword: String, _ vr: String, _ level: Level, _ column: String, inside sequence: Tag? = nil,
        isShown: Bool = true
    ) {
        path = (sequence.map { [$0] } ?? []) + [tag]
        self.keyword = keyword
        self.vr = vr
        self.level = level
        self.column = column
        self.isShown = isShown
    }

    package static func == (left: SearchAttribute, right: SearchAttribute) -> Bool { left === right }

    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

    /// The attribute itself.
    package var tag: Tag { path[path.count - 1] }

    /// Names are compared without case, and by each of their component groups (PS3.4 §C.2.2.2.1).
    package var isName: Bool { vr == "PN" }

    /// Where the form of a value lies that searches compare.
    package var matchedColumn: String { isName ? column + "_key" : column }
}

extension SearchAttribute {
    private static let requestAttributesSequence = Tag(0x0040, 0x0275)

    package static let studyInstanceUID = SearchAttribute(
        .studyInstanceUID, "StudyInstanceUID", "UI", .study, "study_uid")
    package static let seriesInstanceUID = SearchAttribute(
        .seriesInstanceUID, "SeriesInstanceUID", "UI", .series, "series_uid")
    package static let sopInstanceUID = SearchAttribute(.sopInstanceUID, "SOPInstanceUID", "UI", .instance, "sop_uid")
    package static let sopClassUID = SearchAttribute(.sopClassUID, "SOPClassUID", "UI", .instance, "sop_class_uid")
    package static let modality = SearchAttribute(.modality, "Modality", "CS", .series, "modality")
    package static let transferSyntaxUID = SearchAttribute(
        Tag(0x0008, 0x3002), "AvailableTransferSyntaxUID", "UI", .instance, "transfer_syntax_uid")

    package static let ofStudy: [SearchAttribute] = [
        SearchAttribute(.studyDate, "StudyDate", "DA", .study, "study_date"),
        SearchAttribute(.studyTime, "StudyTime", "TM", .study, "study_time"),
        SearchAttribute(.accessionNumber, "AccessionNumber", "SH", .study, "accession_number"),
        SearchAttribute(
            .referringPhysicianName, "ReferringPhysicianName", "PN", .study, "referring_physician_name"),
        SearchAttribute(Tag(0x0008, 0x0201), "TimezoneOffsetFromUTC", "SH", .study, "timezone_offset"),
        SearchAttribute(.studyDescription, "StudyDescription", "LO", .study, "study_description", isShown: false),
        SearchAttribute(.patientName, "PatientName", "PN", .study, "patient_name"),
        SearchAttribute(.patientID, "PatientID", "LO", .study, "patient_id"),
        SearchAttribute(.patientBirthDate, "PatientBirthDate", "DA", .study, "patient_birth_date"),
        SearchAttribute(.patientSex, "PatientSex", "CS", .study, "patient_sex"),
        studyInstanceUID,
        SearchAttribute(.studyID, "StudyID", "SH", .study, "study_number"),
    ]

    package static let ofSeries: [SearchAttribute] = [
        modality,
        SearchAttribute(.seriesDescription, "SeriesDescription", "LO", .series, "series_description"),
        SearchAttribute(.bodyPartExamined, "BodyPartExamined", "CS", .series, "body_part", isShown: false),
        seriesInstanceUID,
        SearchAttribute(.seriesNumber, "SeriesNumber", "IS", .series, "series_number"),
        SearchAttribute(
            Tag(0x0040, 0x0244), "PerformedProcedureStepStartDate", "DA", .series, "performed_start_date"),
        SearchAttribute(
            Tag(0x0040, 0x0245), "PerformedProcedureStepStartTime", "TM", .series, "performed_start_time"),
        SearchAttribute(
            Tag(0x0040, 0x0009), "ScheduledProcedureStepID", "SH", .series, "scheduled_step_id",
            inside: requestAttributesSequence),
        SearchAttribute(
            Tag(0x0040, 0x1001), "RequestedProcedureID", "SH", .series, "requested_procedure_id",
            inside: requestAttributesSequence),
    ]

    package static let ofInstance: [SearchAttribute] = [
        sopClassUID,
        sopInstanceUID,
        transferSyntaxUID,
        SearchAttribute(.instanceNumber, "InstanceNumber", "IS", .instance, "instance_number"),
        SearchAttribute(.numberOfFrames, "NumberOfFrames", "IS", .instance, "frame_count"),
        SearchAttribute(.rows, "Rows", "US", .instance, "pixel_rows"),
        SearchAttribute(.columns, "Columns", "US", .instance, "pixel_columns"),
        SearchAttribute(.bitsAllocated, "BitsAllocated", "US", .instance, "bits_allocated"),
    ]

    package static let all = ofStudy + ofSeries + ofInstance

    /// Those of one level alone.
    package static func of(_ level: Level) -> [SearchAttribute] {
        switch level {
        case .study: ofStudy
        case .series: ofSeries
        case .instance: ofInstance
        }
    }

    private static let byPath = Dictionary(uniqueKeysWithValues: all.map { ($0.path, $0) })

    package static func at(_ path: [Tag]) -> SearchAttribute? { byPath[path] }
}
