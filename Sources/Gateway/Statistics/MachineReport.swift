/// How one process and the machine around it are, as the statistics page shows it. What is not known is left out.
package struct MachineReport: Encodable, Sendable, Equatable {
    /// How much a person should mind.
    package enum Level: String, Encodable, Sendable, Comparable {
        case normal, warning, critical

        private var rank: Int { self == .normal ? 0 : self == .warning ? 1 : 2 }

        package static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }
    }

    /// Something to mind, in words.
    package struct Alert: Encodable, Sendable, Equatable {
        package let level: Level
        package let text: String
    }

    /// `gateway`, `classifier` or `planning`.
    package let service: String
    /// `host:port` of a replica; empty for the gateway that answers.
    package let replica: String
    /// Processors kept busy since the figures before, or since the start.
    package var processorsUsed: Double?
    package var processors: Double?
    /// Held by the process.
    package var memoryBytes: Double?
    package var hostMemoryBytes: Double?
    package var hostMemoryAvailableBytes: Double?
    package var diskBytes: Double?
    package var diskAvailableBytes: Double?
    /// Requests, for the gateway jobs, that wait.
    package var queueLength: Double?
    /// How long the first of them has been waiting.
    package var queueSeconds: Double?
    package private(set) var alerts: [Alert] = []
    package private(set) var level = Level.normal

    package init(service: String, replica: String) {
        self.service = service
        self.replica = replica
    }

    /// A replica that told nothing.
    package init(service: String, replica: String, silent reason: String) {
        self.init(service: service, replica: replica)
        raise(.critical, reason)
    }

    /// Takes the figures over and judges them.
    ///
    /// - Parameter processorsUsed: nil where it cannot be known.
    package mutating func take(_ figures: MetricFigures, processorsUsed: Double?) {
        self.processorsUsed = processorsUsed
        processors = figures["hilum_host_processors"]
        memoryBytes = figures["process_resident_memory_bytes"]
        hostMemoryBytes = figures["hilum_host_memory_bytes"]
        hostMemoryAvailableBytes = figures["hilum_host_memory_available_bytes"]
        diskBytes = figures["hilum_host_disk_bytes"]
        diskAvailableBytes = figures["hilum_host_disk_available_bytes"]
        queueLength = figures["hilum_queue_waiting_requests"]
        queueSeconds = figures["hilum_queue_longest_wait_seconds"]
        judge()
    }

    /// Judges what is known: the limits are those of docs/worklist.md.
    package mutating func judge() {
        alerts = []
        level = .normal
        if let processorsUsed, let processors, processorsUsed > 0.9 * processors {
            raise(.warning, "processors are busy")
        }
        judgeShare(hostMemoryAvailableBytes, of: hostMemoryBytes, warning: 0.10, critical: 0.05, "memory is short")
        judgeShare(diskAvailableBytes, of: diskBytes, warning: 0.15, critical: 0.05, "disk is nearly full")
        if let queueSeconds, queueSeconds > 30 {
            raise(queueSeconds > 120 ? .critical : .warning, "work waits \(Int(queueSeconds)) s")
        }
    }

    private mutating func judgeShare(
        _ part: Double?, of whole: Double?, warning: Double, critical: Double, _ text: String
    ) {
        guard let part, let whole, whole > 0, part < warning * whole else { return }
        raise(part < critical * whole ? .critical : .warning, text)
    }

    private mutating func raise(_ level: Level, _ text: String) {
        alerts.append(Alert(level: level, text: text))
        self.level = max(self.level, level)
    }
}

/// Figures without labels in Prometheus' text format, by name.
package struct MetricFigures: Sendable, Equatable {
    private var values: [String: Double] = [:]

    package subscript(name: String) -> Double? { values[name] }

    /// Reads the lines it understands; others are passed over.
    package init(text: String) {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") && !line.contains("{") {
            let parts = line.split(separator: " ")
            guard parts.count >= 2, let value = Double(parts[1]), value.isFinite else { continue }
            values[String(parts[0])] = value
        }
    }
}
