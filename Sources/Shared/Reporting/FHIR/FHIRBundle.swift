package import Foundation
import Imaging

/// A study's answers as FHIR R4: one transaction of a DiagnosticReport, an Observation for each finding and plane, and
/// a Device for each bundle.
///
/// Every resource is PUT under an id made of UIDs, so that sending again, or a later version, replaces and never
/// doubles. Patient and imaging study are referred to by their identifiers (R4 §2.3.0.2, logical references).
package struct FHIRBundle {
    private let report: StudyReport
    private let device: ReportingDevice
    private let time: LocalTime
    private let patientIDSystem: String?

    /// - Parameter patientIDSystem: the URI that patient identifiers are under at the receiver.
    package init(_ report: StudyReport, from device: ReportingDevice, patientIDSystem: String? = nil) {
        self.report = report
        self.device = device
        self.patientIDSystem = patientIDSystem
        time = LocalTime(report.completedAt, offset: report.source.timezoneOffset)
    }

    /// The bundle as `application/fhir+json`, keys in order.
    package func json() throws(ReportingError) -> Data {
        var entries: [JSONValue] = []
        var results: [JSONValue] = []
        for model in report.models {
            entries.append(try entry("Device", try id("device", model), body: resource(of: model)))
        }
        for (index, image) in report.images.enumerated() {
            for finding in image.findings {
                let id = try device.fhirID("finding", image.reference.sopInstanceUID, finding.code)
                let body = try observation(finding, image, number: index + 1)
                entries.append(try entry("Observation", id, body: body))
                results.append(["reference": .text("Observation/\(id)")])
            }
        }
        for plan in report.plans {
            for plane in plan.planes {
                let id = try device.fhirID(
                    "plane", plan.references.first?.seriesInstanceUID ?? "", plane.shortName)
                entries.append(try entry("Observation", id, body: try observation(plane, plan)))
                results.append(["reference": .text("Observation/\(id)")])
            }
        }
        let id = try device.fhirID("report", report.source.studyInstanceUID)
        entries.append(try entry("DiagnosticReport", id, body: diagnosticReport(results)))
        let bundle: JSONValue = ["resourceType": "Bundle", "type": "transaction", "entry": .list(entries)]
        return bundle.data()
    }

    private func entry(
        _ type: String, _ id: String, body: [(String, JSONValue)]
    ) throws(ReportingError) -> JSONValue {
        [
            "fullUrl": .text("urn:uuid:" + Self.uuid(try UIDRoot.digest([type, id]))),
            "resource": .object([("resourceType", .text(type)), ("id", .text(id))] + body),
            "request": ["method": "PUT", "url": .text("\(type)/\(id)")],
        ]
    }

    private func id(_ kind: String, _ model: ModelIdentity) throws(ReportingError) -> String {
        try device.fhirID(kind, model.name, model.version, model.weightsSHA256)
    }

    /// The first 32 digits in the form of RFC 9562.
    private static func uuid(_ digits: String) -> String {
        var rest = digits[...]
        return [8, 4, 4, 4, 12].map { count in
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }.joined(separator: "-")
    }

    // MARK: - Resources

    private func diagnosticReport(_ results: [JSONValue]) -> [(String, JSONValue)] {
        var body: [(String, JSONValue)] = [
            ("identifier", .list([Self.uidIdentifier(report.source.studyInstanceUID)])), ("status", "preliminary"),
            (
                "category",
                [Self.concept("http://terminology.hl7.org/CodeSystem/v2-0074", "RAD", "Radiology")]
            ),
            ("code", Self.concept("http://loinc.org", "18748-4", "Diagnostic imaging study")),
            ("subject", subject), ("issued", .text(time.instant)),
            ("imagingStudy", [Self.study(report.source.studyInstanceUID)]),
            ("conclusion", .text(conclusion)),
        ]
        if !results.isEmpty { body.append(("result", .list(results))) }
        let accession = report.source.text(.accessionNumber)
        if !accession.isEmpty {
            let order: JSONValue = [
                "type": "ServiceRequest",
                "identifier": [
                    "type": Self.concept("http://terminology.hl7.org/CodeSystem/v2-0203", "ACSN", "Accession ID"),
                    "value": .text(accession),
                ],
            ]
            body.append(("basedOn", [order]))
        }
        return body
    }

    private var conclusion: String {
        let flagged = report.images.flatMap(\.findings).filter(\.isFlagged).map(\.display)
        var sentences = [
            report.isFlagged ? "A human should look (\(report.priority))." : "Nothing was flagged.",
            flagged.isEmpty ? "" : "Flagged: " + flagged.joined(separator: ", ") + ".",
        ]
        let ungradable = report.images.count { !$0.isGradable }
        if ungradable > 0 { sentences.append("Images that could not be graded: \(ungradable).") }
        if !report.unread.isEmpty { sentences.append("Instances without an answer: \(report.unread.count).") }
        sentences += report.intendedUses.map { "Models: \($0)." }
        return sentences.filter { !$0.isEmpty }.joined(separator: " ")
    }

    private func observation(
        _ finding: FindingReport, _ image: ImageReport, number: Int
    ) throws(ReportingError) -> [(String, JSONValue)] {
        var body = common(.text(finding.display), finding.codings.filter { !$0.isAnatomicSite })
        if let site = finding.site { body.append(("bodySite", Self.coded(site.meaning, [site]))) }
        body += [
            (
                "valueQuantity",
                ["value": .number(finding.probability), "system": "http://unitsofmeasure.org", "code": "1"]
            ),
            (
                "interpretation",
                [
                    Self.concept(
                        "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
                        finding.isFlagged ? "POS" : "NEG", finding.isFlagged ? "Positive" : "Negative")
                ]
            ),
            (
                "referenceRange",
                [
                    [
                        "high": [
                            "value": .number(finding.threshold), "system": "http://unitsofmeasure.org", "code": "1",
                        ], "text": "Probability from which the finding is flagged",
                    ]
                ]
            ),
            ("method", ["text": "Calibrated probability by a neural network"]),
            ("derivedFrom", [Self.study(report.source.studyInstanceUID)]),
            ("device", ["reference": .text("Device/\(try id("device", finding.model))")]),
            (
                "note",
                .list(notes(finding.model, "Image \(number), SOP Instance UID \(image.reference.sopInstanceUID)"))
            ),
        ]
        return body
    }

    private func observation(
        _ plane: PlaneReport, _ plan: PlanReport
    ) throws(ReportingError) -> [(String, JSONValue)] {
        func component(_ name: String, _ value: Double, _ unit: String) -> JSONValue {
            [
                "code": ["text": .text(name)],
                "valueQuantity": [
                    "value": .number(value), "system": "http://unitsofmeasure.org", "code": .text(unit),
                ],
            ]
        }
        let normal = plane.row.cross(plane.column)
        let points: [(String, Vector3D, String)] = [
            ("centre", plane.center, "mm"), ("row direction", plane.row, "1"), ("column direction", plane.column, "1"),
            ("normal", normal, "1"),
        ]
        var components = points.flatMap { name, point, unit in
            zip(["x", "y", "z"], [point.x, point.y, point.z]).map { component("\(name) \($0)", $1, unit) }
        }
        components += [
            component("field of view", plane.fieldOfViewMillimetres, "mm"),
            component("residual", plane.residualMillimetres, "mm"), component("confidence", plane.confidence, "1"),
        ]
        return common(.text("\(plane.view.meaning) plane, LPS"), [plane.view]) + [
            ("derivedFrom", [Self.study(report.source.studyInstanceUID)]),
            ("device", ["reference": .text("Device/\(try id("device", plan.model))")]),
            ("note", .list(notes(plan.model, "Frame of reference \(plane.frameOfReferenceUID)"))),
            ("component", .list(components)),
        ]
    }

    /// What every observation has.
    private func common(_ text: JSONValue, _ codings: [CodedConcept]) -> [(String, JSONValue)] {
        var code: [(String, JSONValue)] = []
        if !codings.isEmpty { code.append(("coding", .list(codings.map(Self.coding)))) }
        code.append(("text", text))
        return [
            ("status", "preliminary"),
            (
                "category",
                [Self.concept("http://terminology.hl7.org/CodeSystem/observation-category", "imaging", "Imaging")]
            ),
            ("code", .object(code)), ("subject", subject), ("issued", .text(time.instant)),
        ]
    }

    private func notes(_ model: ModelIdentity, _ source: String) -> [JSONValue] {
        ([source] + (model.intendedUse.isEmpty ? [] : [model.intendedUse])).map { ["text": .text($0)] }
    }

    private func resource(of model: ModelIdentity) -> [(String, JSONValue)] {
        let note: [(String, JSONValue)] =
            model.intendedUse.isEmpty ? [] : [("note", [["text": .text(model.intendedUse)]])]
        return [
            ("identifier", [["system": "urn:hilum:weights:sha256", "value": .text(model.weightsSHA256)]]),
            ("status", "active"), ("manufacturer", .text(device.manufacturer)),
            ("serialNumber", .text(device.serialNumber)),
            ("deviceName", [["name": .text("\(model.name)/\(model.version)"), "type": "model-name"]]),
            ("type", ["text": "Neural network for radiology"]),
            ("version", [["value": .text("\(device.softwareVersion)")]]),
        ] + note
    }

    // MARK: - Data types

    private var subject: JSONValue {
        let id = report.source.text(.patientID)
        guard !id.isEmpty else { return ["type": "Patient", "display": "not stated"] }
        var identifier: [(String, JSONValue)] = []
        if let patientIDSystem { identifier.append(("system", .text(patientIDSystem))) }
        identifier.append(("value", .text(id)))
        let issuer = report.source.text(.issuerOfPatientID)
        if !issuer.isEmpty { identifier.append(("assigner", ["display": .text(issuer)])) }
        return ["type": "Patient", "identifier": .object(identifier)]
    }

    private static func study(_ uid: String) -> JSONValue {
        ["type": "ImagingStudy", "identifier": uidIdentifier(uid)]
    }

    /// As DICOM's UIDs are written in FHIR (R4 §ImagingStudy.identifier).
    private static func uidIdentifier(_ uid: String) -> JSONValue {
        ["system": "urn:dicom:uid", "value": .text("urn:oid:\(uid)")]
    }

    private static func concept(_ system: String, _ code: String, _ display: String) -> JSONValue {
        ["coding": [["system": .text(system), "code": .text(code), "display": .text(display)]]]
    }

    private static func coded(_ text: String, _ codings: [CodedConcept]) -> JSONValue {
        ["coding": .list(codings.map(coding)), "text": .text(text)]
    }

    private static func coding(_ code: CodedConcept) -> JSONValue {
        let systems = [
            "SCT": "http://snomed.info/sct", "DCM": "http://dicom.nema.org/resources/ontology/DCM",
            "LN": "http://loinc.org", "UCUM": "http://unitsofmeasure.org",
            CodedConcept.hilumScheme: "urn:oid:\(CodedConcept.hilumSchemeUID)",
        ]
        return [
            "system": .text(systems[code.scheme] ?? "urn:hilum:scheme:\(code.scheme)"), "code": .text(code.value),
            "display": .text(code.meaning),
        ]
    }
}

extension ReportingDevice {
    /// An id of FHIR R4: 64 characters of `[A-Za-z0-9\-\.]` at most.
    func fhirID(_ names: String...) throws(ReportingError) -> String {
        "hilum-" + String(try UIDRoot.digest([root.root] + names).prefix(40))
    }
}
