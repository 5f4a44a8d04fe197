import Synchronization

/// The metrics of one process, printed as Prometheus text (exposition format 0.0.4).
///
/// Names carry their unit (`_seconds`, `_bytes`, `_total`), label values are bounded, and none holds patient data.
package final class Metrics: Sendable {
    /// The media type of the text format.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"
    /// Bounds in seconds for calls from a millisecond to a minute.
    package static let callSeconds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]

    enum Family: Sendable {
        case counter(Counter)
        case gauge(Gauge)
        case histogram(Histogram)
        case computed(name: String, type: String, help: String, value: @Sendable () -> Double?)
    }

    private let families = Mutex<[String: Family]>([:])

    package init() {}

    /// Registers a counter. Registering a name twice is a programmer's mistake.
    package func counter(_ name: String, help: String, labels: [String] = []) -> Counter {
        precondition(name.hasSuffix("_total"), "a counter's name ends in _total")
        let counter = Counter(family: .init(name: name, help: help, labelNames: labels, initial: 0))
        register(name, labels, .counter(counter))
        return counter
    }

    /// Registers a gauge.
    package func gauge(_ name: String, help: String, labels: [String] = []) -> Gauge {
        let gauge = Gauge(family: .init(name: name, help: help, labelNames: labels, initial: 0))
        register(name, labels, .gauge(gauge))
        return gauge
    }

    /// Registers a gauge whose value is computed when it is read; nil leaves it out.
    package func gauge(_ name: String, help: String, value: @escaping @Sendable () -> Double?) {
        register(name, [], .computed(name: name, type: "gauge", help: help, value: value))
    }

    /// Registers a counter that somebody else keeps, read when it is shown; nil leaves it out.
    package func counter(_ name: String, help: String, value: @escaping @Sendable () -> Double?) {
        precondition(name.hasSuffix("_total"), "a counter's name ends in _total")
        register(name, [], .computed(name: name, type: "counter", help: help, value: value))
    }

    /// Registers a histogram with ascending bucket bounds.
    package func histogram(
        _ name: String, help: String, labels: [String] = [], bounds: [Double] = Metrics.callSeconds
    ) -> Histogram {
        precondition(!labels.contains("le"), "le is the label of the buckets")
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds ascend")
        let empty = Histogram.Series(counts: [UInt64](repeating: 0, count: bounds.count + 1))
        let family = MetricFamily(name: name, help: help, labelNames: labels, initial: empty)
        let histogram = Histogram(family: family, bounds: bounds)
        register(name, labels, .histogram(histogram))
        return histogram
    }

    private func register(_ name: String, _ labels: [String], _ family: Family) {
        precondition(([name] + labels).allSatisfy(Self.isName), "\(name) \(labels): not a metric's or label's name")
        families.withLock { families in
            precondition(families[name] == nil, "\(name) is registered twice")
            families[name] = family
        }
    }

    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return text.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    /// The families, ordered by name.
    var ordered: [Family] {
        families.withLock { $0.sorted { $0.key < $1.key }.map(\.value) }
    }
}
