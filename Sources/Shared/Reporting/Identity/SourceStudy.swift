package import Imaging

/// Patient and study as one instance of the study says, to be copied into every result object.
package struct SourceStudy: Sendable {
    package let studyInstanceUID: String
    /// Patient, study and patient study modules, bytes and character set as they came.
    let modules: DataSet
    /// The same in UTF-8; nil where the text is not in the character set that the file names.
    let unicode: DataSet?
    /// Timezone Offset From UTC (0008,0201) of the source.
    let timezoneOffset: String?

    /// - Parameter instance: any instance of the study.
    package init(_ instance: DataSet) throws(ReportingError) {
        guard let uid = instance.string(.studyInstanceUID) else {
            throw .imaging(.missingAttribute(keyword: Tag.studyInstanceUID.keyword))
        }
        studyInstanceUID = uid
        timezoneOffset = instance.string(.timezoneOffsetFromUTC)
        do throws(ImagingError) {
            modules = try Self.copy(from: instance)
            let converted = try Self.copy(from: instance)
            unicode = converted.makeUnicode() ? converted : nil
        } catch {
            throw .imaging(error)
        }
    }

    /// The attribute's first value as text; empty where it is absent or unreadable.
    package func text(_ tag: Tag) -> String { unicode?.string(tag) ?? "" }

    private static func copy(from instance: DataSet) throws(ImagingError) -> DataSet {
        let copy = try DataSet()
        for tag in [Tag.specificCharacterSet] + required + optional where instance.contains(tag) {
            try copy.copy(tag, from: instance)
        }
        return copy
    }

    /// Type 1 and 2 of PS3.3 §C.7.1.1 and §C.7.2.1, there in every object, if empty.
    static let required: [Tag] = [
        .studyDate, .studyTime, .accessionNumber, .referringPhysicianName, .patientName, .patientID, .patientBirthDate,
        .patientSex, .studyInstanceUID, .studyID,
    ]

    /// What else of the patient, study and patient study modules goes along where it is there.
    static let optional: [Tag] = [
        Tag(0x0008, 0x0051), .studyDescription, Tag(0x0008, 0x1032), Tag(0x0008, 0x1048), Tag(0x0008, 0x1060),
        Tag(0x0008, 0x1110), .issuerOfPatientID, Tag(0x0010, 0x0024), Tag(0x0010, 0x0032), Tag(0x0010, 0x1002),
        Tag(0x0010, 0x1010), Tag(0x0010, 0x1020), Tag(0x0010, 0x1030), Tag(0x0010, 0x2201), Tag(0x0010, 0x2202),
        Tag(0x0010, 0x2203), Tag(0x0010, 0x2292), Tag(0x0010, 0x2293), Tag(0x0010, 0x2294), Tag(0x0010, 0x2297),
        Tag(0x0010, 0x2298), Tag(0x0012, 0x0062), Tag(0x0012, 0x0063), Tag(0x0012, 0x0064), Tag(0x0028, 0x0303),
    ]
}

extension Tag {
    package static let timezoneOffsetFromUTC = Tag(0x0008, 0x0201)
    package static let issuerOfPatientID = Tag(0x0010, 0x0021)
}

extension InstanceReference {
    /// - Throws: `ReportingError.imaging(.missingAttribute)`.
    package init(_ instance: DataSet) throws(ReportingError) {
        func required(_ tag: Tag) throws(ReportingError) -> String {
            guard let value = instance.string(tag) else { throw .imaging(.missingAttribute(keyword: tag.keyword)) }
            return value
        }
        self.init(
            studyInstanceUID: try required(.studyInstanceUID), seriesInstanceUID: try required(.seriesInstanceUID),
            sopClassUID: try required(.sopClassUID), sopInstanceUID: try required(.sopInstanceUID),
            modality: instance.string(.modality) ?? "")
    }
}
