package import Foundation
import Imaging

/// Whom a message is from and to (MSH-3 to MSH-6), and how it is written.
package struct HL7Endpoint: Sendable, Hashable {
    package var sendingApplication = "HILUM"
    package var sendingFacility = ""
    package var receivingApplication = ""
    package var receivingFacility = ""
    package var characterSet = HL7CharacterSet.unicode
    /// MSH-11: `P` production, `T` training, `D` debugging.
    package var processingID = "P"

    package init() {}
}

/// A study's answers as ORU^R01 of HL7 v2.5.1 (§7.3.1): a result that is preliminary (OBR-25 `P`).
package struct ObservationMessage {
    private let report: StudyReport
    private let endpoint: HL7Endpoint
    private let time: LocalTime
    /// MSH-10: the same for the same version of the report, so that a receiver knows a repetition; 20 characters.
    package let controlID: String

    package init(_ report: StudyReport, from device: ReportingDevice, to endpoint: HL7Endpoint) throws(ReportingError) {
        self.report = report
        self.endpoint = endpoint
        time = LocalTime(report.completedAt, offset: report.source.timezoneOffset)
        let names = [device.root.root, report.source.studyInstanceUID, "\(report.version)"]
        controlID = String(try UIDRoot.digest(names).prefix(20)).uppercased()
    }

    /// The segments, each ended by a carriage return, in the endpoint's character set.
    package func encoded() -> Data {
        var segments = [header, patient, request]
        segments += observations.enumerated().map { index, fields in
            HL7Segment("OBX", fields.merging([1: HL7Field("\(index + 1)")]) { given, _ in given })
        }
        return endpoint.characterSet.encode(segments.map { $0.encoded + "\r" }.joined())
    }

    private var header: HL7Segment {
        // MSH-1 is the delimiter behind the name: the field written first is MSH-2.
        let fields = [
            "", endpoint.sendingApplication, endpoint.sendingFacility, endpoint.receivingApplication,
            endpoint.receivingFacility, time.dateTime, "",
        ].map { HL7Field($0) }
        var numbered: [Int: HL7Field] = [:]
        for (index, field) in fields.enumerated() { numbered[index + 1] = field }
        numbered[1] = HL7Field(unescaped: "^~\\&")
        numbered[8] = HL7Field(components: ["ORU", "R01", "ORU_R01"])
        numbered[9] = HL7Field(controlID)
        numbered[10] = HL7Field(endpoint.processingID)
        numbered[11] = HL7Field("2.5.1")
        numbered[14] = HL7Field("AL")
        numbered[15] = HL7Field("NE")
        if endpoint.characterSet != .ascii { numbered[17] = HL7Field(endpoint.characterSet.rawValue) }
        return HL7Segment("MSH", numbered)
    }

    private var patient: HL7Segment {
        let source = report.source
        return HL7Segment(
            "PID",
            [
                1: HL7Field("1"),
                3: HL7Field(components: [source.text(.patientID), "", "", source.text(.issuerOfPatientID)]),
                5: PersonName(source.text(.patientName)).field, 7: HL7Field(source.text(.patientBirthDate)),
                8: HL7Field(["M", "F", "O"].contains(source.text(.patientSex)) ? source.text(.patientSex) : "U"),
            ])
    }

    private var request: HL7Segment {
        let source = report.source
        let studied = source.text(.studyDate) + source.text(.studyTime).prefix { $0.isNumber }.prefix(6)
        return HL7Segment(
            "OBR",
            [
                1: HL7Field("1"), 2: HL7Field(source.text(.accessionNumber)),
                3: HL7Field(components: [controlID, endpoint.sendingApplication]),
                4: HL7Field(components: ["18748-4", "Diagnostic imaging study", "LN"]), 7: HL7Field(studied),
                22: HL7Field(time.dateTime), 24: HL7Field("RAD"), 25: HL7Field("P"),
            ])
    }

    private var observations: [[Int: HL7Field]] {
        var all = [
            text(HL7Field(components: ["110180", "Study Instance UID", "DCM"]), report.source.studyInstanceUID, ""),
            text(Self.code(Concepts.readingPriority), report.priority, ""),
        ]
        for (index, image) in report.images.enumerated() {
            all += image.findings.map { observation($0, image: index + 1) }
            if !image.isGradable {
                let reasons = "not gradable: " + image.reasons.joined(separator: ", ")
                all.append(text(Self.code(Concepts.imageQuality), reasons, "\(index + 1)", flag: "A"))
            }
        }
        for plan in report.plans { all += plan.planes.flatMap(observations) }
        all += report.unread.map { text(Self.code(Concepts.notRead), $0.reason, "", flag: "A") }
        all += report.intendedUses.map { text(Self.code(Concepts.intendedUse), $0, "") }
        return all
    }

    private func observation(_ finding: FindingReport, image: Int) -> [Int: HL7Field] {
        number(
            Self.code(finding.concept), finding.probability, Concepts.noUnits, "\(image)",
            range: "<\(Self.decimal(finding.threshold))", flag: finding.isFlagged ? "A" : "N")
    }

    private func observations(_ plane: PlaneReport) -> [[Int: HL7Field]] {
        let coordinates = [plane.center, plane.row, plane.column].flatMap { [$0.x, $0.y, $0.z] }
        let places = coordinates.map(Self.decimal).joined(separator: "^")
        var array = text(
            HL7Field(components: [plane.view.value, plane.view.meaning, plane.view.scheme]), "", plane.shortName)
        // Numeric array: centre, row and column direction (§2.A.46 NA).
        array[2] = HL7Field("NA")
        array[5] = HL7Field(unescaped: places)
        return [
            array, number(Self.code(Concepts.confidence), plane.confidence, Concepts.noUnits, plane.shortName),
            number(Self.code(Concepts.residual), plane.residualMillimetres, Concepts.millimetre, plane.shortName),
        ]
    }

    private func number(
        _ code: HL7Field, _ value: Double, _ unit: CodedConcept, _ subID: String, range: String = "", flag: String = ""
    ) -> [Int: HL7Field] {
        [
            2: HL7Field("NM"), 3: code, 4: HL7Field(subID), 5: HL7Field(Self.decimal(value)),
            6: HL7Field(components: [unit.value, unit.meaning, unit.scheme]), 7: HL7Field(range), 8: HL7Field(flag),
            11: HL7Field("P"), 14: HL7Field(time.dateTime),
        ]
    }

    private func text(_ code: HL7Field, _ value: String, _ subID: String, flag: String = "") -> [Int: HL7Field] {
        [
            2: HL7Field("ST"), 3: code, 4: HL7Field(subID), 5: HL7Field(value), 8: HL7Field(flag), 11: HL7Field("P"),
            14: HL7Field(time.dateTime),
        ]
    }

    private static func code(_ concept: CodedConcept) -> HL7Field {
        HL7Field(components: [concept.value, concept.meaning, concept.scheme])
    }

    /// Plain decimal digits, six after the point at most (§2.A.47 NM has no exponent).
    private static func decimal(_ value: Double) -> String {
        var text = String(format: "%.6f", value)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text == "-0" ? "0" : text
    }
}

/// A name as DICOM has it: alphabetic, ideographic and phonetic, each of five components (PS3.5 §6.2.1).
struct PersonName {
    private let groups: [[String]]

    init(_ name: String) {
        groups = name.split(separator: "=", maxSplits: 2, omittingEmptySubsequences: false).map { group in
            group.split(separator: "^", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// XPN (§2.A.88): family, given, middle, suffix, prefix; XPN.7 legal name; XPN.8 which of the three it is.
    var field: HL7Field {
        HL7Field(
            repetitions: zip(groups, ["A", "I", "P"]).compactMap { group, representation in
                guard group.contains(where: { !$0.isEmpty }) else { return nil }
                func part(_ index: Int) -> String { index < group.count ? group[index] : "" }
                return HL7Field(components: [part(0), part(1), part(2), part(4), part(3), "", "L", representation])
            })
    }
}

extension ObservationMessage {
    /// MSH-10 of a message written here; empty where there is none.
    package static func controlID(of message: Data) -> String {
        let header = String(decoding: message.prefix { $0 != 0x0D }, as: UTF8.self)
        let fields = header.split(separator: "|", omittingEmptySubsequences: false)
        return fields.count > 9 ? String(fields[9]) : ""
    }
}
