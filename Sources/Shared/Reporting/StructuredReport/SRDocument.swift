import CDCMTKReport
import Foundation
import Imaging

/// One Comprehensive 3D SR document (PS3.3 §A.35.13) being written by DCMTK, which checks what goes where.
struct SRDocument: ~Copyable {
    static let comprehensive3DSRStorage = "1.2.840.10008.5.1.4.1.1.88.34"

    private let handle: OpaquePointer

    /// - Parameter template: number of the DCMR template that the root container follows.
    init(title: CodedConcept, template: String) throws(ReportingError) {
        let handle = title.withC { sr_create($0, template) }
        guard let handle else { throw .refusedContent(concept: title.meaning) }
        self.handle = handle
    }

    deinit { sr_free(handle) }

    /// Adds an item, with all below it, to the root container.
    func add(_ item: ContentItem) throws(ReportingError) {
        guard item.add(to: handle) == SR_OK else { throw .refusedContent(concept: item.concept?.meaning ?? "image") }
        for child in item.children { try add(child) }
        guard sr_up(handle) == SR_OK else { throw .refusedContent(concept: item.concept?.meaning ?? "image") }
    }

    /// Names an instance that the report is about.
    func addEvidence(_ instance: InstanceReference) throws(ReportingError) {
        let status = sr_add_evidence(
            handle, instance.studyInstanceUID, instance.seriesInstanceUID, instance.sopClassUID,
            instance.sopInstanceUID)
        guard status == SR_OK else { throw .refusedContent(concept: "evidence") }
    }

    /// Names the document that this one replaces.
    func addPredecessor(_ document: InstanceReference) throws(ReportingError) {
        let status = sr_add_predecessor(
            handle, document.studyInstanceUID, document.seriesInstanceUID, document.sopClassUID,
            document.sopInstanceUID)
        guard status == SR_OK else { throw .refusedContent(concept: "predecessor") }
    }

    /// The document, complete, preliminary and unverified; patient, study, equipment and UIDs are to be set.
    func dataSet() throws(ReportingError) -> DataSet {
        var bytes: UnsafeMutablePointer<UInt8>?
        var count = 0
        guard
            sr_add_coding_scheme(
                handle, CodedConcept.hilumScheme, CodedConcept.hilumSchemeUID, "Hilum findings and measurements")
                == SR_OK, sr_serialise(handle, &bytes, &count) == SR_OK, let bytes
        else { throw .refusedContent(concept: "document") }
        do throws(ImagingError) {
            return try DataSet(parsing: Data(bytesNoCopy: bytes, count: count, deallocator: .free))
        } catch {
            throw .imaging(error)
        }
    }
}

extension ContentItem {
    /// Adds the item alone and makes it the current one.
    fileprivate func add(to document: OpaquePointer) -> sr_status {
        guard let concept else {
            guard case .image(let image) = value else { return SR_REFUSED }
            return sr_add_image(document, relationship.c, nil, image.sopClassUID, image.sopInstanceUID)
        }
        return concept.withC { name in
            switch value {
            case .container(let template): return sr_add_container(document, relationship.c, name, template)
            case .text(let text): return sr_add_text(document, relationship.c, name, text)
            case .uid(let uid): return sr_add_uid(document, relationship.c, name, uid)
            case .code(let code): return code.withC { sr_add_code(document, relationship.c, name, $0) }
            case .number(let number, let unit):
                return unit.withC { sr_add_number(document, relationship.c, name, Self.decimal(number), $0) }
            case .image(let image):
                var name = name
                return sr_add_image(document, relationship.c, &name, image.sopClassUID, image.sopInstanceUID)
            case .polygon(let points, let frame):
                let values = points.flatMap { [Float($0.x), Float($0.y), Float($0.z)] }
                return sr_add_polygon(document, relationship.c, name, frame, values, points.count)
            }
        }
    }

    /// A decimal string of at most 16 characters, six significant digits.
    private static func decimal(_ number: Double) -> String { String(format: "%.6g", number) }
}

extension ContentItem.Relationship {
    fileprivate var c: sr_relationship {
        switch self {
        case .contains: SR_CONTAINS
        case .hasObservationContext: SR_HAS_OBSERVATION_CONTEXT
        case .hasAcquisitionContext: SR_HAS_ACQUISITION_CONTEXT
        case .hasConceptModifier: SR_HAS_CONCEPT_MODIFIER
        case .inferredFrom: SR_INFERRED_FROM
        }
    }
}

extension CodedConcept {
    fileprivate func withC<Value>(_ body: (sr_code) -> Value) -> Value {
        value.withCString { value in
            scheme.withCString { scheme in
                meaning.withCString { body(sr_code(value: value, scheme: scheme, meaning: $0)) }
            }
        }
    }
}
