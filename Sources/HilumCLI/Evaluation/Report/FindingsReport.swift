import Foundation

/// How well findings are told apart.
package struct FindingsReport: Codable, Sendable {
    /// Radiographs with known findings, and those of them that were answered: the figures are of these.
    package let cases: Int
    package let answered: Int
    package let resamples: Int
    package let seed: UInt64
    package let findings: [FindingReport]
    package let macro: MacroReport
    package let subgroups: [FindingsSubgroup]
    /// nil where no case has a mask.
    package let heat_maps: HeatMapReport?

    /// - Returns: nil without a case whose findings are known.
    init?(_ pairs: [JudgedCase], bootstrap: Bootstrap) {
        let radiographs = pairs.filter { $0.item.severities != nil && $0.item.wantsAnswer }
        guard !radiographs.isEmpty else { return nil }
        let answered = radiographs.filter { $0.answer.outcome == .answered }
        let codes = FindingScores.codes(of: answered)
        let scores = codes.map { FindingScores($0, answered) }
        let intervals = Self.intervals(scores, cases: answered.count, bootstrap)

        cases = radiographs.count
        self.answered = answered.count
        (resamples, seed) = (bootstrap.resamples, bootstrap.seed)
        findings = zip(scores, intervals).map { FindingReport($0, interval: $1) }
        macro = MacroReport(findings, interval: intervals.last ?? nil)
        subgroups = FindingsSubgroup.all(of: answered, codes: codes)
        heat_maps = HeatMapReport(answered, codes: codes)
    }

    /// Of the AUC of each finding, then of their mean.
    private static func intervals(
        _ scores: [FindingScores], cases: Int, _ bootstrap: Bootstrap
    ) -> [Bootstrap.Interval?] {
        let ranked = scores.map { (RankedScores($0.probabilities, labels: $0.labels), $0.places) }
        return bootstrap.intervals(cases: cases) { counts in
            let areas = ranked.map { ranked, places in ranked.auc(weights: places.map { counts[$0] }) }
            let known = areas.compactMap(\.self)
            return areas + [known.count == areas.count && !known.isEmpty ? known.mean : nil]
        }
    }
}

/// One finding in all cases that say whether it is there.
struct FindingScores {
    let code: String
    /// Places of the cases among those answered.
    private(set) var places: [Int] = []
    private(set) var probabilities: [Double] = []
    private(set) var flags: [Bool] = []
    private(set) var labels: [Bool] = []
    private(set) var threshold = 0.0

    init(_ code: String, _ answered: [JudgedCase]) {
        self.code = code
        for (place, pair) in answered.enumerated() {
            guard let finding = pair.answer.findings?[code], let isPresent = pair.item.isPresent(code) else { continue }
            places.append(place)
            probabilities.append(finding.probability)
            flags.append(finding.flagged)
            labels.append(isPresent)
            threshold = finding.threshold
        }
    }

    /// The findings that are both answered and known, in order of their codes.
    static func codes(of answered: [JudgedCase]) -> [String] {
        Set(answered.flatMap { pair in (pair.answer.findings ?? [:]).keys.filter { pair.item.isPresent($0) != nil } })
            .sorted()
    }
}

/// One finding.
package struct FindingReport: Codable, Sendable {
    package let code: String
    package let positives: Int
    package let negatives: Int
    /// Flagged at or above this probability.
    package let threshold: Double
    /// nil without a case of each kind.
    package let auc: Double?
    package let auc_interval_95: Bootstrap.Interval?
    package let accuracy: Double
    /// Weighted over both classes, as are recall and F1.
    package let precision: Double
    package let recall: Double
    package let f1: Double
    package let sensitivity: Double
    package let specificity: Double
    package let positive_predictive_value: Double
    package let negative_predictive_value: Double
    package let confusion: Confusion
    package let reliability: Reliability
    package let roc: [ROCPoint]

    init(_ scores: FindingScores, interval: Bootstrap.Interval?) {
        let ranked = RankedScores(scores.probabilities, labels: scores.labels)
        let confusion = Confusion(flags: scores.flags, labels: scores.labels)
        (code, threshold) = (scores.code, scores.threshold)
        (positives, negatives) = (confusion.positives, confusion.negatives)
        auc = ranked.auc()
        auc_interval_95 = interval
        accuracy = confusion.accuracy
        (precision, recall, f1) = (confusion.weightedPrecision, confusion.weightedRecall, confusion.weightedF1)
        (sensitivity, specificity) = (confusion.sensitivity, confusion.specificity)
        positive_predictive_value = confusion.positivePredictiveValue
        negative_predictive_value = confusion.negativePredictiveValue
        self.confusion = confusion
        reliability = Reliability(scores.probabilities, labels: scores.labels)
        roc = ranked.curve
    }
}

/// Means over the findings.
package struct MacroReport: Codable, Sendable {
    /// Of the findings that have one.
    package let auc: Double?
    package let auc_interval_95: Bootstrap.Interval?
    package let accuracy: Double
    package let precision: Double
    package let recall: Double
    package let f1: Double
    package let sensitivity: Double
    package let specificity: Double
    package let expected_calibration_error: Double
    package let brier: Double

    init(_ findings: [FindingReport], interval: Bootstrap.Interval?) {
        auc = findings.compactMap(\.auc).meanIfAny
        auc_interval_95 = interval
        func mean(_ figure: (FindingReport) -> Double) -> Double { findings.map(figure).mean }
        accuracy = mean(\.accuracy)
        precision = mean(\.precision)
        recall = mean(\.recall)
        f1 = mean(\.f1)
        sensitivity = mean(\.sensitivity)
        specificity = mean(\.specificity)
        expected_calibration_error = mean(\.reliability.expected_calibration_error)
        brier = mean(\.reliability.brier)
    }
}

/// The cases of one subgroup.
package struct FindingsSubgroup: Codable, Sendable {
    package let group: String
    package let value: String
    package let cases: Int
    /// By code; a finding without a case of each kind in the subgroup is left out.
    package let auc: [String: Double]
    package let macro_auc: Double?
    /// Over all findings together.
    package let sensitivity: Double
    package let specificity: Double
    package let expected_calibration_error: Double

    static func all(of answered: [JudgedCase], codes: [String]) -> [FindingsSubgroup] {
        Subgroups.of(answered).map { group, value, members in
            FindingsSubgroup(group: group, value: value, members.map { answered[$0] }, codes: codes)
        }
    }

    private init(group: String, value: String, _ members: [JudgedCase], codes: [String]) {
        (self.group, self.value, cases) = (group, value, members.count)
        let scores = codes.map { FindingScores($0, members) }
        let areas = Dictionary(
            uniqueKeysWithValues: scores.compactMap { scores in
                RankedScores(scores.probabilities, labels: scores.labels).auc().map { (scores.code, $0) }
            })
        (auc, macro_auc) = (areas, codes.compactMap { areas[$0] }.meanIfAny)
        let (flags, labels) = (scores.flatMap(\.flags), scores.flatMap(\.labels))
        let confusion = Confusion(flags: flags, labels: labels)
        (sensitivity, specificity) = (confusion.sensitivity, confusion.specificity)
        expected_calibration_error =
            Reliability(scores.flatMap(\.probabilities), labels: labels).expected_calibration_error
    }
}

/// Cases by what their manifest says of them.
enum Subgroups {
    /// Groups with more than one value, sorted; those of `kind` are reported as refusals.
    static func of(_ pairs: [JudgedCase]) -> [(group: String, value: String, members: [Int])] {
        var members: [String: [String: [Int]]] = [:]
        for (place, pair) in pairs.enumerated() {
            for (group, value) in pair.item.subgroups ?? [:] where group != "kind" {
                members[group, default: [:]][value, default: []].append(place)
            }
        }
        return members.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.flatMap { group, values in
            values.sorted { $0.key.compare($1.key, options: .numeric) == .orderedAscending }
                .map { (group, $0.key, $0.value) }
        }
    }
}

/// Whether heat maps point at what a finding changed.
package struct HeatMapReport: Codable, Sendable {
    package struct Row: Codable, Sendable {
        package let code: String
        /// Flagged cases with this single finding and a mask of what it changed.
        package let true_positives: Int
        /// Those whose map's peak lies in the structure, made wider by `tolerance`.
        package let hits: Int
        /// Median, of the structure and the part of the map above half of its peak.
        package let iou: Double
        package let dice: Double

        package var share: Double { true_positives > 0 ? Double(hits) / Double(true_positives) : 0 }
    }

    package let tolerance: Double
    package let findings: [Row]
    package let true_positives: Int
    package let hits: Int

    package var share: Double { true_positives > 0 ? Double(hits) / Double(true_positives) : 0 }

    init?(_ answered: [JudgedCase], codes: [String]) {
        tolerance = HeatMapFigure.tolerance
        findings = codes.compactMap { code in
            let maps = answered.compactMap { pair -> HeatMapFigure? in
                guard pair.item.isPresent(code) == true, let finding = pair.answer.findings?[code], finding.flagged
                else { return nil }
                return finding.heat_map
            }
            guard !maps.isEmpty else { return nil }
            return Row(
                code: code, true_positives: maps.count, hits: maps.count(where: \.isHit),
                iou: Distribution(maps.map { $0.overlap?.iou ?? 0 })?.median ?? 0,
                dice: Distribution(maps.map { $0.overlap?.dice ?? 0 })?.median ?? 0)
        }
        true_positives = findings.reduce(0) { $0 + $1.true_positives }
        hits = findings.reduce(0) { $0 + $1.hits }
        if findings.isEmpty { return nil }
    }
}

extension [Double] {
    /// 0 of nothing.
    var mean: Double { isEmpty ? 0 : reduce(0, +) / Double(count) }
    var meanIfAny: Double? { isEmpty ? nil : mean }
}
