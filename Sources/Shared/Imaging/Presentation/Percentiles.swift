/// Percentiles of many values by a histogram of 65536 bins over their range: exact to 1/131070 of the range.
struct Percentiles {
    private static let bins = 65536
    private var counts = [UInt32](repeating: 0, count: bins)
    private var total = 0
    private let range: ClosedRange<Float>
    private let scale: Float

    init(range: ClosedRange<Float>) {
        self.range = range
        let width = range.upperBound - range.lowerBound
        scale = width > 0 ? Float(Self.bins - 1) / width : 0
    }

    /// Counts a value inside the range.
    mutating func add(_ value: Float, times: UInt32 = 1) {
        counts[Int(((value - range.lowerBound) * scale + 0.5).clamped(to: 0...65535))] &+= times
        total += Int(times)
    }

    var isEmpty: Bool { total == 0 }

    /// Linear interpolation between ranks, as numpy's default.
    func value(at percent: Double) -> Float {
        guard total > 0, scale > 0 else { return range.lowerBound }
        let rank = percent / 100 * Double(total - 1)
        let low = Double(bin(ofRank: Int(rank)))
        let high = Double(bin(ofRank: min(Int(rank) + 1, total - 1)))
        return range.lowerBound + Float(low + (high - low) * (rank - rank.rounded(.down))) / scale
    }

    private func bin(ofRank rank: Int) -> Int {
        var below = 0
        for (bin, count) in counts.enumerated() {
            below += Int(count)
            if below > rank { return bin }
        }
        return Self.bins - 1
    }
}

extension Comparable {
    func clamped(to range: ClosedRange<Self>) -> Self { min(max(self, range.lowerBound), range.upperBound) }
}
