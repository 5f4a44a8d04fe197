/// What another implementation of the same weights says of a case: a line of the file compared with.
package struct ForeignAnswer: Decodable, Sendable {
    package let id: String
    package let probabilities: [String: Double]?
    package let planes: [String: Truth.Plane]?
}

/// How far the service's figures and another implementation's are apart, on the cases that both answered.
package struct ComparisonReport: Codable, Sendable {
    package struct FindingRow: Codable, Sendable {
        package let code: String
        package let cases: Int
        package let auc: Double
        package let other_auc: Double
        /// Largest difference of a case.
        package let probability_difference: Double

        package var difference: Double { abs(auc - other_auc) }
    }

    package struct ViewRow: Codable, Sendable {
        package let view: String
        package let cases: Int
        /// Medians against the true planes, degrees.
        package let angle: Double
        package let other_angle: Double
        /// Largest angle between the two planes of a case, degrees.
        package let plane_difference: Double

        package var difference: Double { abs(angle - other_angle) }
    }

    package let findings: [FindingRow]
    package let views: [ViewRow]
    package let largest_auc_difference: Double?
    package let largest_median_angle_difference: Double?
    package let largest_plane_difference: Double?

    init(_ pairs: [JudgedCase], _ others: [ForeignAnswer]) {
        let known = Dictionary(others.map { ($0.id, $0) }) { _, last in last }
        let both = pairs.compactMap { pair in known[pair.item.id].map { (pair, $0) } }
        findings = FindingScores.codes(of: pairs.filter { $0.answer.outcome == .answered })
            .compactMap { Self.row(finding: $0, both) }
        views = ViewName.all.compactMap { Self.row(view: $0.name, both) }
        largest_auc_difference = findings.map(\.difference).max()
        largest_median_angle_difference = views.map(\.difference).max()
        largest_plane_difference = views.map(\.plane_difference).max()
    }

    private static func row(finding code: String, _ both: [(JudgedCase, ForeignAnswer)]) -> FindingRow? {
        let cases = both.compactMap { pair, other -> (ours: Double, other: Double, label: Bool)? in
            guard let ours = pair.answer.findings?[code]?.probability, let other = other.probabilities?[code],
                let label = pair.item.isPresent(code), other.isFinite
            else { return nil }
            return (ours, other, label)
        }
        let labels = cases.map(\.label)
        guard let auc = RankedScores(cases.map(\.ours), labels: labels).auc(),
            let otherAUC = RankedScores(cases.map(\.other), labels: labels).auc()
        else { return nil }
        return FindingRow(
            code: code, cases: cases.count, auc: auc, other_auc: otherAUC,
            probability_difference: cases.map { abs($0.ours - $0.other) }.max() ?? 0)
    }

    private static func row(view: String, _ both: [(JudgedCase, ForeignAnswer)]) -> ViewRow? {
        let cases = both.compactMap { pair, other -> (ours: Double, other: Double, apart: Double)? in
            guard let truth = pair.item.planes?[view], let plane = pair.answer.planes?[view],
                let ours = pair.error(of: view), let foreign = other.planes?[view],
                let theirs = PlaneError(center: foreign.center, normal: foreign.normal, row: nil, truth: truth),
                let apart = PlaneError(center: plane.center, normal: plane.normal, row: nil, truth: foreign)
            else { return nil }
            return (ours.degrees, theirs.degrees, apart.degrees)
        }
        guard let angle = Distribution(cases.map(\.ours)), let other = Distribution(cases.map(\.other)) else {
            return nil
        }
        return ViewRow(
            view: view, cases: cases.count, angle: angle.median, other_angle: other.median,
            plane_difference: cases.map(\.apart).max() ?? 0)
    }
}
