/// Whether findings are present as often as their probabilities say.
package struct Reliability: Codable, Equatable, Sendable {
    /// Cases whose probability lies in a range; those without a case are left out.
    package struct Bin: Codable, Equatable, Sendable {
        package let cases: Int
        package let mean_probability: Double
        /// Share of the cases that have the finding.
        package let rate: Double

        /// Where the rate of such cases lies with 95 % confidence (Wilson 1927).
        var interval: Bootstrap.Interval {
            let (n, z) = (Double(cases), 1.959964)
            let middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
            let reach = z / (1 + z * z / n) * (rate * (1 - rate) / n + z * z / (4 * n * n)).squareRoot()
            return Bootstrap.Interval(low: max(0, middle - reach), high: min(1, middle + reach))
        }
    }

    /// Bins of equal width from 0 to 1.
    package static let binCount = 15

    package let bins: [Bin]
    /// Expected calibration error: how far rate and mean probability are apart, over all cases (Naeini et al. 2015).
    package let expected_calibration_error: Double
    /// Mean squared difference of probability and truth (Brier 1950).
    package let brier: Double

    /// - Precondition: as many labels as probabilities, each 0 to 1.
    package init(_ probabilities: [Double], labels: [Bool]) {
        precondition(probabilities.count == labels.count)
        var members = [[Int]](repeating: [], count: Self.binCount)
        for (index, probability) in probabilities.enumerated() {
            members[min(max(Int(probability * Double(Self.binCount)), 0), Self.binCount - 1)].append(index)
        }
        bins = members.filter { !$0.isEmpty }.map { bin in
            Bin(
                cases: bin.count, mean_probability: bin.reduce(0) { $0 + probabilities[$1] } / Double(bin.count),
                rate: Double(bin.count { labels[$0] }) / Double(bin.count))
        }
        let all = Double(max(1, probabilities.count))
        expected_calibration_error = bins.reduce(0) { $0 + Double($1.cases) * abs($1.rate - $1.mean_probability) } / all
        brier =
            zip(probabilities, labels).reduce(0) { sum, pair in
                let error = pair.0 - (pair.1 ? 1 : 0)
                return sum + error * error
            } / all
    }
}
