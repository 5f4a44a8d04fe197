/// Errors of several cases in few numbers.
package struct Distribution: Codable, Equatable, Sendable {
    package let count: Int
    package let mean: Double
    package let median: Double
    package let percentile_90: Double
    package let greatest: Double

    /// - Returns: nil of nothing.
    package init?(_ values: [Double]) {
        let sorted = values.sorted()
        guard let last = sorted.last else { return nil }
        count = sorted.count
        mean = sorted.reduce(0, +) / Double(count)
        median = Self.quantile(0.5, ofSorted: sorted)
        percentile_90 = Self.quantile(0.9, ofSorted: sorted)
        greatest = last
    }

    /// With linear interpolation between the nearest ranks, as NumPy does; NaN of nothing.
    package static func quantile(_ share: Double, ofSorted values: [Double]) -> Double {
        guard let last = values.last else { return .nan }
        let rank = share * Double(values.count - 1)
        let lower = Int(rank)
        guard lower + 1 < values.count else { return last }
        return values[lower] + (values[lower + 1] - values[lower]) * (rank - Double(lower))
    }
}
