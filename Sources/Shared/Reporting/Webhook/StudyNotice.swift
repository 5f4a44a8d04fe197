package import Foundation
import Imaging

/// What a webhook is told of a study: where it stands and what was found. Without patient data unless asked for.
package struct StudyNotice {
    private let report: StudyReport
    private let includesPatient: Bool
    /// Names the study without saying which it is: also the id of its FHIR DiagnosticReport.
    private let reference: String

    package init(
        _ report: StudyReport, from device: ReportingDevice, includesPatient: Bool
    ) throws(ReportingError) {
        self.report = report
        self.includesPatient = includesPatient
        reference = try device.fhirID("report", report.source.studyInstanceUID)
    }

    /// `application/json`, keys in order.
    package func json() -> Data {
        let time = LocalTime(report.completedAt, offset: report.source.timezoneOffset)
        var members: [(String, JSONValue)] = [
            ("event", "study.reported"), ("report", .text(reference)), ("version", .integer(report.version)),
            ("completedAt", .text(time.instant)), ("priority", .text(report.priority)),
            ("flagged", .flag(report.isFlagged)), ("images", .list(report.images.map(image))),
            ("plans", .list(report.plans.map(plan))), ("unread", .integer(report.unread.count)),
            ("intendedUse", .list(report.intendedUses.map { .text($0) })),
        ]
        if includesPatient {
            // UIDs lead to the patient as well.
            members.append(("studyInstanceUID", .text(report.source.studyInstanceUID)))
            members.append(
                (
                    "patient",
                    [
                        "id": .text(report.source.text(.patientID)), "name": .text(report.source.text(.patientName)),
                        "accessionNumber": .text(report.source.text(.accessionNumber)),
                    ]
                ))
        }
        return JSONValue.object(members).data()
    }

    private func image(_ image: ImageReport) -> JSONValue {
        [
            "gradable": .flag(image.isGradable),
            "findings": .list(
                image.findings.map { finding in
                    [
                        "code": .text(finding.code), "probability": .number(finding.probability),
                        "threshold": .number(finding.threshold), "flagged": .flag(finding.isFlagged),
                    ]
                }), "model": .text("\(image.model.name)/\(image.model.version)"),
        ]
    }

    private func plan(_ plan: PlanReport) -> JSONValue {
        [
            "views": .list(
                plan.planes.map { ["view": .text($0.shortName), "confidence": .number($0.confidence)] }),
            "model": .text("\(plan.model.name)/\(plan.model.version)"),
        ]
    }
}
