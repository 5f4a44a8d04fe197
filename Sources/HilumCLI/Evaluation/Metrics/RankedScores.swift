/// Scores of cases with their labels, from the highest score to the lowest, equal ones together.
package struct RankedScores: Sendable {
    /// Places of the cases by falling score.
    private let order: [Int]
    /// Where in `order` each run of equal scores ends.
    private let ends: [Int]
    private let labels: [Bool]

    /// - Precondition: as many labels as scores; no score is NaN.
    package init(_ scores: [Double], labels: [Bool]) {
        precondition(scores.count == labels.count && !scores.contains(where: \.isNaN))
        let order = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
        ends = order.indices.filter { $0 + 1 == order.count || scores[order[$0]] != scores[order[$0 + 1]] }.map {
            $0 + 1
        }
        self.order = order
        self.labels = labels
    }

    /// Area under the ROC curve: how often a case with the finding has a higher score than one without, ties count
    /// half (Hanley and McNeil 1982).
    ///
    /// - Parameter weights: how often each case counts.
    /// - Returns: nil without a case of each kind.
    package func auc(weights: [Int]? = nil) -> Double? {
        var (present, absent, pairs, start) = (0.0, 0.0, 0.0, 0)
        for end in ends {
            var (here, others) = (0.0, 0.0)
            for place in order[start..<end] {
                let weight = Double(weights?[place] ?? 1)
                if labels[place] { here += weight } else { others += weight }
            }
            pairs += others * (present + here / 2)
            present += here
            absent += others
            start = end
        }
        return present > 0 && absent > 0 ? pairs / (present * absent) : nil
    }

    /// The ROC curve from (0, 0) to (1, 1), a point a threshold, those on a straight line left out.
    ///
    /// - Returns: nothing without a case of each kind.
    package var curve: [ROCPoint] {
        var corners = [(absent: 0, present: 0)]
        var start = 0
        for end in ends {
            let here = order[start..<end].count { labels[$0] }
            let point = (
                absent: corners[corners.count - 1].absent + (end - start - here),
                present: corners[corners.count - 1].present + here
            )
            if corners.count > 1 {
                let (a, b) = (corners[corners.count - 2], corners[corners.count - 1])
                let isStraight =
                    (b.absent - a.absent) * (point.present - b.present)
                    == (b.present - a.present) * (point.absent - b.absent)
                if isStraight { corners.removeLast() }
            }
            corners.append(point)
            start = end
        }
        let last = corners[corners.count - 1]
        guard last.absent > 0, last.present > 0 else { return [] }
        return corners.map { corner in
            ROCPoint(
                false_positive_rate: Double(corner.absent) / Double(last.absent),
                true_positive_rate: Double(corner.present) / Double(last.present))
        }
    }
}

package struct ROCPoint: Codable, Equatable, Sendable {
    package let false_positive_rate: Double
    package let true_positive_rate: Double
}
