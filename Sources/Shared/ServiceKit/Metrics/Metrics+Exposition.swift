extension Metrics {
    /// Every metric as Prometheus text (https://prometheus.io/docs/instrumenting/exposition_formats/).
    package func exposition() -> String {
        ordered.map(Self.lines).joined()
    }

    private static func lines(_ family: Family) -> String {
        switch family {
        case .counter(let counter): simple(counter.family, type: "counter")
        case .gauge(let gauge): simple(gauge.family, type: "gauge")
        case .histogram(let histogram): buckets(histogram)
        case .computed(let name, let type, let help, let value):
            value().map { header(name, help, type: type) + "\(name) \(number($0))\n" } ?? ""
        }
    }

    private static func simple(_ family: MetricFamily<Double>, type: String) -> String {
        family.snapshot.reduce(into: header(family.name, family.help, type: type)) { text, series in
            text += "\(family.name)\(braces(family.labelNames, series.labels)) \(number(series.value))\n"
        }
    }

    private static func buckets(_ histogram: Histogram) -> String {
        let family = histogram.family
        var text = header(family.name, family.help, type: "histogram")
        for (labels, series) in family.snapshot {
            var cumulated: UInt64 = 0
            for (bound, count) in zip(histogram.bounds + [.infinity], series.counts) {
                cumulated += count
                let names = braces(family.labelNames + ["le"], labels + [number(bound)])
                text += "\(family.name)_bucket\(names) \(cumulated)\n"
            }
            let names = braces(family.labelNames, labels)
            text += "\(family.name)_sum\(names) \(number(series.sum))\n"
            text += "\(family.name)_count\(names) \(cumulated)\n"
        }
        return text
    }

    private static func header(_ name: String, _ help: String, type: String) -> String {
        let help = help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        return "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private static func braces(_ names: [String], _ values: [String]) -> String {
        if names.isEmpty { return "" }
        let pairs = zip(names, values).map { "\($0)=\"\(escaped($1))\"" }
        return "{\(pairs.joined(separator: ","))}"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func number(_ value: Double) -> String {
        if value == .infinity { return "+Inf" }
        if value == -.infinity { return "-Inf" }
        if value.isNaN { return "NaN" }
        return Int64(exactly: value).map(String.init) ?? String(value)
    }
}
