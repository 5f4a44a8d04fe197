import DICOMweb
import Foundation
import HTTP
import Imaging
import Wire

/// What became of each instance of a request (PS3.18 §10.5.3), in the DICOM JSON model.
struct StoreReport {
    struct Failure: Equatable {
        let sopClassUID: String
        let sopInstanceUID: String
        let reason: StoreFailure

        /// A part of which nothing is known.
        static let unreadable = Failure(sopClassUID: "", sopInstanceUID: "", reason: .cannotUnderstand)
    }

    private struct Stored {
        let header: InstanceHeader
        let isConflict: Bool
    }

    var failures: [Failure] = []
    /// The rest of the request found no space.
    var ranOutOfSpace = false
    private var stored: [Stored] = []

    var isEmpty: Bool { failures.isEmpty && stored.isEmpty }

    mutating func add(_ intake: Submission.Intake) {
        switch intake {
        case .refused(let refusal, let header):
            failures.append(
                Failure(
                    sopClassUID: header?.sopClassUID ?? "", sopInstanceUID: header?.sopInstanceUID ?? "",
                    reason: refusal == .otherStudy ? .otherStudy : .cannotUnderstand))
        case .taken(let instance, .conflict): stored.append(Stored(header: instance.header, isConflict: true))
        case .taken(let instance, .accepted), .taken(let instance, .duplicate):
            stored.append(Stored(header: instance.header, isConflict: false))
        }
    }

    /// PS3.18 §10.5.3.1: 200 all stored, 202 some or with warnings, 400 nothing was DICOM, 409 nothing stored for
    /// another reason, 507 no space for the rest.
    var status: Int {
        if ranOutOfSpace { return 507 }
        if stored.isEmpty { return failures.allSatisfy { $0.reason == .cannotUnderstand } ? 400 : 409 }
        return failures.isEmpty && !stored.contains { $0.isConflict } ? 200 : 202
    }

    func response(_ type: ContentType, study: String?, _ call: DICOMwebCall) -> HTTPResponse {
        var fields: HTTPFields = ["content-type": type.essence]
        if stored.contains(where: \.isConflict) {
            fields.append("warning", "299 hilum \"\(StoreFailure.conflictWarning)\"")
        }
        return HTTPResponse(status: status, fields: fields, body: .data(json(study: study, call)))
    }

    private func json(study: String?, _ call: DICOMwebCall) -> Data {
        let studies = Set(stored.map(\.header.studyInstanceUID))
        let only = study ?? (studies.count == 1 ? studies.first : nil)
        let named = failures.filter { !$0.sopInstanceUID.isEmpty }
        let unnamed = failures.filter { $0.sopInstanceUID.isEmpty }
        var json = AttributeWriter()
        if let only { json.text(Tag(0x0008, 0x1190), "UR", call.url(Resource.Scope(study: only))) }
        json.sequence(Tag(0x0008, 0x1198), named) { item, failure in
            item.text(.referencedSOPClassUID, "UI", failure.sopClassUID)
            item.text(.referencedSOPInstanceUID, "UI", failure.sopInstanceUID)
            item.number(Tag(0x0008, 0x1197), "US", failure.reason.rawValue)
        }
        json.sequence(Tag(0x0008, 0x1199), stored) { item, stored in
            let header = stored.header
            item.text(.referencedSOPClassUID, "UI", header.sopClassUID)
            item.text(.referencedSOPInstanceUID, "UI", header.sopInstanceUID)
            item.text(
                Tag(0x0008, 0x1190), "UR",
                call.url(
                    Resource.Scope(
                        study: header.studyInstanceUID, series: header.seriesInstanceUID,
                        instance: header.sopInstanceUID)))
            if stored.isConflict { item.number(Tag(0x0008, 0x1196), "US", StoreFailure.conflictWarningReason) }
        }
        json.sequence(Tag(0x0008, 0x119A), unnamed) { item, failure in
            item.number(Tag(0x0008, 0x1197), "US", failure.reason.rawValue)
        }
        return json.data
    }
}

/// Why an instance was not stored (Failure Reason, PS3.18 §10.5.3.2 and PS3.4 §B.2.3).
enum StoreFailure: Int {
    /// A900: data set does not match; here, the study that the URL names.
    case otherStudy = 0xA900
    /// C000: cannot understand.
    case cannotUnderstand = 0xC000

    /// Warning Reason of an instance that is kept beside other bytes under its UID. The standard has none for it; the
    /// number is one of those that mean "stored, with a warning" (Bxxx), after 0111, "duplicate SOP instance".
    static let conflictWarningReason = 0xB111
    static let conflictWarning =
        "An instance came with other bytes than those that are held under its SOP Instance UID. Both are kept."
}

extension InstanceRefusal {
    /// The instance belongs to another study than the URL names.
    static let otherStudy = InstanceRefusal(
        .init(
            reason: "STUDY_MISMATCH", field: "StudyInstanceUID",
            remedy: "Send the instance to the URL of its study, or to /studies."))
}
