/// Intervals by drawing cases with replacement (Efron 1979): the 2.5th and 97.5th percentile of the figure.
package struct Bootstrap: Sendable {
    package let resamples: Int
    package let seed: UInt64

    package init(resamples: Int = 2000, seed: UInt64 = 1) {
        self.resamples = resamples
        self.seed = seed
    }

    package struct Interval: Codable, Equatable, Sendable {
        package let low: Double
        package let high: Double
    }

    /// Intervals of several figures, each resample being one for all of them.
    ///
    /// - Parameters:
    ///   - cases: how many there are.
    ///   - figures: of a resample, given how often it has each case; nil where it has no such figure.
    /// - Returns: one for each figure; nil where fewer than half of the resamples have it.
    package func intervals(cases: Int, _ figures: ([Int]) -> [Double?]) -> [Interval?] {
        guard cases > 0 else { return [] }
        var random = SeededGenerator(seed: seed)
        var samples: [[Double]] = []
        for _ in 0..<resamples {
            var counts = [Int](repeating: 0, count: cases)
            for _ in 0..<cases { counts[Int.random(in: 0..<cases, using: &random)] += 1 }
            let values = figures(counts)
            if samples.isEmpty { samples = values.map { _ in [] } }
            for (index, value) in values.enumerated() {
                if let value { samples[index].append(value) }
            }
        }
        return samples.map { values in
            guard values.count * 2 >= resamples else { return nil }
            let sorted = values.sorted()
            return Interval(
                low: Distribution.quantile(0.025, ofSorted: sorted),
                high: Distribution.quantile(0.975, ofSorted: sorted))
        }
    }
}
