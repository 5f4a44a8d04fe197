import Synchronization

/// All series of one metric: a name, a help text, label names fixed at registration, one value a label set.
///
/// At most `maximumSeries` label sets are kept; further ones are counted together under the label value "other", so
/// that a caller cannot make memory grow.
package final class MetricFamily<Value: Sendable>: Sendable {
    /// Label sets kept at most, before "other".
    package static var maximumSeries: Int { 256 }

    let name: String
    let help: String
    let labelNames: [String]
    private let initial: Value
    private let series: Mutex<[[String]: Value]>

    init(name: String, help: String, labelNames: [String], initial: Value) {
        self.name = name
        self.help = help
        self.labelNames = labelNames
        self.initial = initial
        series = Mutex(labelNames.isEmpty ? [[]: initial] : [:])
    }

    func update(_ labels: [String], _ change: (inout Value) -> Void) {
        precondition(labels.count == labelNames.count, "\(name) has the labels \(labelNames)")
        series.withLock { series in
            let isKept = series[labels] != nil || series.count < Self.maximumSeries
            let key = isKept ? labels : labels.map { _ in "other" }
            change(&series[key, default: initial])
        }
    }

    /// Drops the series of what is gone, so that others find room.
    package func remove(where isGone: ([String]) -> Bool) {
        series.withLock { series in series = series.filter { !isGone($0.key) } }
    }

    /// Every label set with its value, ordered by labels.
    var snapshot: [(labels: [String], value: Value)] {
        series.withLock { series in
            series.map { (labels: $0.key, value: $0.value) }
                .sorted { $0.labels.lexicographicallyPrecedes($1.labels) }
        }
    }
}

/// A number that only grows, for example requests served. Its name ends in `_total`.
package struct Counter: Sendable {
    package let family: MetricFamily<Double>

    /// Adds `amount`, which is not negative, to the series with these label values.
    package func increment(by amount: Double = 1, _ labels: String...) {
        precondition(amount >= 0, "a counter only grows")
        family.update(labels) { $0 += amount }
    }
}

/// A number that goes up and down, for example requests waiting.
package struct Gauge: Sendable {
    package let family: MetricFamily<Double>

    /// Sets the series with these label values.
    package func set(_ value: Double, _ labels: String...) {
        family.update(labels) { $0 = value }
    }

    /// Adds `amount` to the series with these label values.
    package func add(_ amount: Double, _ labels: String...) {
        family.update(labels) { $0 += amount }
    }
}

/// Counts observations in buckets, for example durations. Its name ends in its unit, for example `_seconds`.
package struct Histogram: Sendable {
    /// Counts of one label set; `counts` has one entry for each bound and one for +Inf, not cumulated.
    package struct Series: Sendable {
        var counts: [UInt64]
        var sum = 0.0
    }

    package let family: MetricFamily<Series>
    /// Upper bounds of the buckets, ascending, without +Inf.
    let bounds: [Double]

    /// Counts one observation.
    package func observe(_ value: Double, _ labels: String...) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        family.update(labels) {
            $0.counts[bucket] += 1
            $0.sum += value
        }
    }

    /// Counts a duration, in seconds.
    package func observe(_ duration: Duration, _ labels: String...) {
        let bucket = bounds.firstIndex { duration / .seconds(1) <= $0 } ?? bounds.count
        family.update(labels) {
            $0.counts[bucket] += 1
            $0.sum += duration / .seconds(1)
        }
    }
}
