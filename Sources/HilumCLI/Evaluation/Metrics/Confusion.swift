/// Counts of flags against the truth, and what follows from them. A share of nothing is 0, as scikit-learn has it.
package struct Confusion: Codable, Equatable, Sendable {
    package private(set) var true_positives = 0
    package private(set) var false_positives = 0
    package private(set) var true_negatives = 0
    package private(set) var false_negatives = 0

    /// - Precondition: as many flags as labels.
    package init(flags: [Bool], labels: [Bool]) {
        precondition(flags.count == labels.count)
        for (flagged, present) in zip(flags, labels) {
            switch (flagged, present) {
            case (true, true): true_positives += 1
            case (true, false): false_positives += 1
            case (false, false): true_negatives += 1
            case (false, true): false_negatives += 1
            }
        }
    }

    package var positives: Int { true_positives + false_negatives }
    package var negatives: Int { true_negatives + false_positives }

    package var accuracy: Double { Self.share(true_positives + true_negatives, positives + negatives) }
    package var sensitivity: Double { Self.share(true_positives, positives) }
    package var specificity: Double { Self.share(true_negatives, negatives) }
    package var positivePredictiveValue: Double { Self.share(true_positives, true_positives + false_positives) }
    package var negativePredictiveValue: Double { Self.share(true_negatives, true_negatives + false_negatives) }

    /// Of both classes, each with the share of its cases: what the field's tables give.
    package var weightedPrecision: Double { weighted(positivePredictiveValue, negativePredictiveValue) }
    package var weightedRecall: Double { weighted(sensitivity, specificity) }
    package var weightedF1: Double {
        weighted(
            Self.share(2 * true_positives, 2 * true_positives + false_positives + false_negatives),
            Self.share(2 * true_negatives, 2 * true_negatives + false_positives + false_negatives))
    }

    private func weighted(_ ofPresent: Double, _ ofAbsent: Double) -> Double {
        let all = Double(positives + negatives)
        return all > 0 ? (ofPresent * Double(positives) + ofAbsent * Double(negatives)) / all : 0
    }

    private static func share(_ part: Int, _ whole: Int) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }
}
