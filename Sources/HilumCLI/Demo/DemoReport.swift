package import Wire

/// The answers of the demo beside the truth.
package struct DemoReport: Sendable {
    private var chest = Table("CHEST X-RAY", "PRIORITY", "FLAGGED", "TRUTH", "AGREES")
    private var planes = Table("CARDIAC MR", "VIEW", "CONFIDENCE", "ANGLE TO TRUTH", "DISTANCE TO TRUTH", "AGREES")
    private var models: [ModelRef] = []
    /// Why answers are missing.
    private var reasons: [String] = []
    /// Number of answers that are missing or do not agree with the truth.
    package private(set) var disagreements = 0

    package init() {}

    /// The findings of one X-ray agree when exactly the true ones are flagged, among those that a model covers.
    package mutating func add(_ truth: Truth.Chest, _ study: Study) {
        let answer = study.instances.compactMap(\.classification).first
        let findings = answer?.findings ?? []
        let covered = Set(findings.map(\.code))
        let flagged = Set(findings.filter(\.flagged).map(\.code))
        let present = Set(truth.findings.filter(\.value).keys)
        let isAnswered = answer?.quality?.grade == .gradable && !covered.isEmpty
        let agrees = isAnswered && flagged == present.intersection(covered)
        chest.add(
            truth.file, Text.name(study.priority), flags(answer, truth.file, study),
            Self.list(present, covered: covered), mark(agrees))
        models += Notice.models(of: study)
    }

    /// The flagged findings with their probabilities, or the most probable one where none is flagged.
    private mutating func flags(_ answer: ClassifyResponse?, _ file: String, _ study: Study) -> String {
        guard let answer else { return missing(file, study) }
        guard answer.quality?.grade == .gradable else { return ClassificationText.verdict(answer) }
        let ordered = answer.findings.sorted { $0.probability > $1.probability }
        let texts = ordered.filter(\.flagged).map(Self.text)
        if !texts.isEmpty { return texts.joined(separator: ", ") }
        return "-" + (ordered.first.map { " (highest: \(Self.text($0)))" } ?? "")
    }

    private static func text(_ finding: Finding) -> String {
        "\(finding.code) \(Text.fixed(finding.probability, 2))"
    }

    /// What a study is planned for where nobody asks for more; the truth may know other views.
    private static let planned: [View] = [.shortAxis, .fourChamber, .twoChamber]

    /// The planes of one series agree when each is within 15° and 10 mm.
    package mutating func add(_ truth: Truth.Cardiac, _ study: Study) {
        for (name, plane) in truth.planes.sorted(by: { $0.key < $1.key }) {
            let view = ViewName.view(name) ?? .unspecified
            let answer = study.plans.flatMap(\.planes).first { $0.view == view }
            guard answer != nil || Self.planned.contains(view) else { continue }
            let error = answer.flatMap { PlaneError($0, truth: plane) }
            planes.add(
                truth.folder, Text.name(view),
                answer.map { Text.fixed($0.confidence, 2) } ?? missing(truth.folder, study),
                error.map { Text.fixed($0.degrees, 1) + "°" } ?? "-",
                error.map { Text.fixed($0.millimetres, 1) + " mm" } ?? "-", mark(error?.isWithinLimit == true))
        }
        models += Notice.models(of: study)
    }

    private mutating func mark(_ agrees: Bool) -> String {
        if !agrees { disagreements += 1 }
        return agrees ? "yes" : "NO"
    }

    private mutating func missing(_ sample: String, _ study: Study) -> String {
        let reason = "\(sample): \(study.reason.isEmpty ? "no reason given" : study.reason)"
        if !reasons.contains(reason) { reasons.append(reason) }
        return "no answer"
    }

    private static func list(_ codes: Set<String>, covered: Set<String>) -> String {
        codes.isEmpty
            ? "-" : codes.sorted().map { covered.contains($0) ? $0 : "(\($0): no model)" }.joined(separator: ", ")
    }

    package var text: String {
        let limit = PlaneError.limit
        let rule = "A plane agrees within \(Text.fixed(limit.degrees, 0))° and \(Text.fixed(limit.millimetres, 0)) mm."
        let tables = chest.text + "\n\n" + planes.text + "\n" + rule
        return ([tables] + [reasons.joined(separator: "\n"), Notice.text(models)].filter { !$0.isEmpty })
            .joined(separator: "\n\n")
    }
}
