/// What a service sees of its inputs, and how often they lie outside what its bundle was trained on.
package struct InputMetrics: Sendable {
    private let shares: Histogram
    private let metres: Histogram
    private let bitsStored: Counter
    private let seen: Counter
    private let outside: Counter

    /// What the metrics of a service are called.
    package struct Names: Sendable {
        let shares: String
        let metres: String
        let bitsStored: String
        let compared: String
        let outside: String

        package static let classifier = Names(
            shares: "hilum_classifier_input", metres: "hilum_classifier_input_metres",
            bitsStored: "hilum_classifier_input_depth_total", compared: "hilum_classifier_input_compared_total",
            outside: "hilum_classifier_input_outside_training_total")
        package static let planning = Names(
            shares: "hilum_planning_input", metres: "hilum_planning_input_metres",
            bitsStored: "hilum_planning_input_depth_total", compared: "hilum_planning_input_compared_total",
            outside: "hilum_planning_input_outside_training_total")
    }

    package init(in metrics: Metrics, _ names: Names) {
        shares = metrics.histogram(
            names.shares, help: "Statistics of inputs as presented, 0 to 1, by statistic.", labels: ["statistic"],
            bounds: (1...19).map { Double($0) / 20 })
        metres = metrics.histogram(
            names.metres, help: "Lengths of inputs, by statistic.", labels: ["statistic"],
            bounds: [0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 400, 500].map {
                $0 / 1000
            })
        bitsStored = metrics.counter(names.bitsStored, help: "Inputs by bits stored.", labels: ["bits"])
        seen = metrics.counter(
            names.compared, help: "Inputs compared with what the bundle was trained on, by statistic.",
            labels: ["statistic"])
        outside = metrics.counter(
            names.outside,
            help: "Inputs outside the range that holds 98 % of the bundle's training inputs, by statistic.",
            labels: ["statistic"])
    }

    /// - Parametres:
    ///   - statistics: by name; lengths in mm.
    ///   - compared: those that the bundle has a range for, and those of them that lie outside.
    package func record(_ statistics: [String: Double], compared: [String], outside: [String]) {
        for (name, value) in statistics {
            switch name {
            case "bits_stored": bitsStored.increment(String(Int(value)))
            case _ where name.hasPrefix("spacing_") || name.hasPrefix("extent_"): metres.observe(value / 1000, name)
            default: shares.observe(value, name)
            }
        }
        for name in compared { seen.increment(name) }
        for name in outside { self.outside.increment(name) }
    }
}
