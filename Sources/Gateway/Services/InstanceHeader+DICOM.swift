package import Foundation
package import Imaging
import RPC
import ServiceKit
import Wire

extension InstanceHeader {
    /// Reads the header of a DICOM file.
    ///
    /// - Returns: a refusal where the bytes are not DICOM, or a UID that names the instance is missing or no UID
    ///   (PS3.5 §9.1).
    package static func reading(_ bytes: Data) -> Result<InstanceHeader, InstanceRefusal> {
        reading(bytes, attributes: [])
    }

    /// Reads the header of a DICOM file, and these further attributes.
    package static func reading(
        _ bytes: Data, attributes: Set<Tag>
    ) -> Result<InstanceHeader, InstanceRefusal> {
        do throws(ImagingError) {
            return InstanceHeader.checked(try DataSet(parsing: bytes), attributes)
        } catch {
            var info = RPCStatus(mapping: error).errorInfo ?? ErrorInfo(reason: "UNREADABLE_INSTANCE")
            if info.field == "image" { info.field = "instances" }
            if error == .unrecognisedFormat { info.limit = "application/dicom" }
            return .failure(InstanceRefusal(info))
        }
    }

    private static func checked(
        _ dataSet: DataSet, _ attributes: Set<Tag>
    ) -> Result<InstanceHeader, InstanceRefusal> {
        // Each look for an element goes through all of them.
        let present = Set(dataSet.tags)
        let text = { (tag: Tag) in present.contains(tag) ? dataSet.string(tag) ?? "" : "" }
        let count = { (tag: Tag) in present.contains(tag) ? dataSet.count(tag) : 0 }
        let (instance, study, series) = (text(.sopInstanceUID), text(.studyInstanceUID), text(.seriesInstanceUID))
        for (keyword, uid) in [
            ("SOPInstanceUID", instance), ("StudyInstanceUID", study), ("SeriesInstanceUID", series),
        ] {
            guard !uid.isEmpty else { return .failure(.missing(keyword)) }
            guard isUID(uid) else { return .failure(.malformedUID(keyword)) }
        }
        var header = InstanceHeader(
            sopInstanceUID: instance, studyInstanceUID: study, seriesInstanceUID: series,
            sopClassUID: text(.sopClassUID), modality: text(.modality), bodyPartExamined: text(.bodyPartExamined))
        header.studyRelatedSeries = count(Tag(0x0020, 0x1206))
        header.studyRelatedInstances = count(Tag(0x0020, 0x1208))
        header.seriesRelatedInstances = count(Tag(0x0020, 0x1209))
        header.demographics = Demographics(
            sex: text(.patientSex), age: text(Tag(0x0010, 0x1010)), birthDate: text(.patientBirthDate),
            studyDate: text(.studyDate))
        for tag in attributes where present.contains(tag) { header.attributes[tag] = dataSet.texts(tag) }
        // The last of all: it makes the data set's texts Unicode.
        header.searchAttributes = searchAttributes(of: dataSet, present: present)
        return .success(header)
    }

    /// At most 64 digits and dots. Leading zeros of a component, which PS3.5 §9.1 forbids, occur and do no harm.
    private static func isUID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

extension DataSet {
    /// A count; 0 where it is absent or out of any reason.
    fileprivate func count(_ tag: Tag) -> Int {
        int(tag).flatMap { (1...1_000_000).contains($0) ? $0 : nil } ?? 0
    }

    /// The values of a text or number element as texts; nil where it is absent or empty.
    fileprivate func texts(_ tag: Tag) -> [String]? {
        strings(tag) ?? doubles(tag)?.map { Int(exactly: $0).map(String.init) ?? String($0) }
    }
}

extension InstanceRefusal {
    static func missing(_ keyword: String) -> InstanceRefusal {
        InstanceRefusal(
            ErrorInfo(
                reason: "MISSING_ATTRIBUTE", field: keyword,
                remedy: "Send the instance with \(keyword); the gateway makes up no identifiers."))
    }

    static func malformedUID(_ keyword: String) -> InstanceRefusal {
        InstanceRefusal(
            ErrorInfo(
                reason: "MALFORMED_UID", field: keyword, limit: "at most 64 digits and dots",
                remedy: "Correct \(keyword)."))
    }
}
