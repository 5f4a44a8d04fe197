import Foundation

/// What the ledger says of a stretch of days, as the statistics page shows it. Times are in seconds.
package struct StatisticsReport: Encodable, Sendable, Equatable {
    /// How many there are of something.
    package struct Count: Encodable, Sendable, Equatable {
        package let name: String
        package let count: Int

        package init(_ name: String, _ count: Int) {
            self.name = name
            self.count = count
        }
    }

    /// Flags of one finding among the images that were asked about it.
    package struct FindingCount: Encodable, Sendable, Equatable {
        package let code: String
        package let images: Int
        package let flagged: Int
    }

    /// One check of images: how many it saw, how many it stopped.
    package struct GateCount: Encodable, Sendable, Equatable {
        package let gate: String
        package let images: Int
        package let failed: Int
    }

    /// A time between two events of studies: half of them took at most the `median`.
    package struct Turnaround: Encodable, Sendable, Equatable {
        package let name: String
        package let studies: Int
        package let median: Double
        package let p90: Double
        package let p95: Double
        package let p99: Double
    }

    /// What readers said of one finding, or, with an empty code, of whole studies.
    package struct Concordance: Encodable, Sendable, Equatable {
        package let code: String
        package let accepted: Int
        package let rejected: Int
    }

    /// Days of the caller's time zone, `YYYY-MM-DD`.
    package var days: [Count] = []
    package var modalities: [Count] = []
    package var priorities: [Count] = []
    package var states: [Count] = []
    package var sexes: [Count] = []
    /// Decades: `60` is 60 to 69 years.
    package var ages: [Count] = []
    package var findings: [FindingCount] = []
    package var gates: [GateCount] = []
    package var turnaround: [Turnaround] = []
    package var concordance: [Concordance] = []
    package var drift: [Drift] = []

    package init() {}
}

/// How the probabilities of one finding are spread over twenty equal bins, lately and before.
package struct Drift: Encodable, Sendable, Equatable {
    package static let binCount = 20

    package let code: String
    package let recent: [Int]
    package let before: [Int]
    /// Population stability index of the two; nil where either has fewer images than `smallest`. Below 0.1 nothing
    /// moved, above 0.25 the images or the model did (Yurdakul, "Statistical Properties of Population Stability Index",
    /// 2018).
    package let index: Double?

    /// Fewer images say nothing.
    package static let smallest = 30

    package init(code: String, recent: [Int], before: [Int]) {
        self.code = code
        self.recent = recent
        self.before = before
        index = Self.index(recent, before)
    }

    private static func index(_ recent: [Int], _ before: [Int]) -> Double? {
        let totals = (recent: recent.reduce(0, +), before: before.reduce(0, +))
        guard min(totals.recent, totals.before) >= smallest else { return nil }
        // Half an image in each bin keeps an empty one from being infinitely far from a bin with one.
        let share = { (count: Int, total: Int) in (Double(count) + 0.5) / (Double(total) + 0.5 * Double(binCount)) }
        return zip(recent, before).reduce(0) { sum, counts in
            let (p, q) = (share(counts.0, totals.recent), share(counts.1, totals.before))
            return sum + (p - q) * log(p / q)
        }
    }
}
