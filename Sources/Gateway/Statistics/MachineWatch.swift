import Foundation
package import HTTP
import RPC
package import ServiceKit

/// Asks the gateway's own metrics and those of every replica how their machines are.
package actor MachineWatch {
    /// A reading, kept until the next one tells how much processor time passed between the two.
    private struct Reading {
        let processorSeconds: Double
        let at: Timestamp
    }

    private static let timeout = Duration.seconds(2)
    private static let largestAnswer = 1 << 20

    private let pools: [BackendPool]
    private let ledger: any Ledger
    private let metrics: Metrics
    private let tls: HTTPClient.TLS
    private let fields: HTTPFields
    private let clock: any WallClock
    private var readings: [String: Reading] = [:]

    /// - Parameters:
    ///   - metrics: the gateway's own.
    ///   - tls: as calls to replicas have it.
    ///   - token: shown to replicas that control access.
    package init(
        pools: [BackendPool], ledger: any Ledger, metrics: Metrics, tls: HTTPClient.TLS, token: String? = nil,
        clock: any WallClock
    ) {
        fields = token.map { ["authorization": "Bearer \($0)"] } ?? [:]
        self.pools = pools
        self.ledger = ledger
        self.metrics = metrics
        self.tls = tls
        self.clock = clock
    }

    /// The gateway first, then every replica in the order of its service.
    package func reports() async throws(StorageError) -> [MachineReport] {
        var reports = [try await own()]
        for pool in pools {
            let found = await withTaskGroup(of: (Int, MachineReport).self) { group -> [Int: MachineReport] in
                for (index, replica) in pool.replicas.all.enumerated() {
                    group.addTask { (index, await self.report(pool.route.rawValue, replica)) }
                }
                var found: [Int: MachineReport] = [:]
                for await (index, report) in group { found[index] = report }
                return found
            }
            reports += found.sorted { $0.key < $1.key }.map(\.value)
            if found.isEmpty {
                reports.append(MachineReport(service: pool.route.rawValue, replica: "", silent: "no replica is known"))
            }
        }
        return reports
    }

    private func own() async throws(StorageError) -> MachineReport {
        var report = MachineReport(service: "gateway", replica: "")
        let figures = MetricFigures(text: metrics.exposition())
        report.take(figures, processorsUsed: processorsUsed("gateway", figures))
        let load = try await ledger.load()
        report.queueLength = Double(load.waitingJobs)
        report.queueSeconds = load.oldestPending.map { max(0, (clock.now - $0).inSeconds) } ?? 0
        report.judge()
        return report
    }

    private func report(_ service: String, _ replica: Endpoint) async -> MachineReport {
        let request = HTTPClient.Request(
            url: replica.address + "/metrics", connectTo: replica.connectTo, tls: tls, fields: fields,
            timeout: Self.timeout,
            connectTimeout: Self.timeout, maxResponseBytes: Self.largestAnswer)
        do {
            let response = try await HTTPClient.shared.send(request)
            guard response.status == 200 else {
                return MachineReport(
                    service: service, replica: replica.label,
                    silent: "its metrics are not shown: HTTP \(response.status)")
            }
            let text = String(decoding: try await response.body.collect(limit: Self.largestAnswer), as: UTF8.self)
            let figures = MetricFigures(text: text)
            var report = MachineReport(service: service, replica: replica.label)
            report.take(figures, processorsUsed: processorsUsed(replica.label, figures))
            return report
        } catch {
            return MachineReport(service: service, replica: replica.label, silent: "does not answer")
        }
    }

    /// Since the reading before this one, or since the start of the process.
    private func processorsUsed(_ name: String, _ figures: MetricFigures) -> Double? {
        guard let seconds = figures["process_cpu_seconds_total"] else { return nil }
        let now = clock.now
        let before = readings[name]
        readings[name] = Reading(processorSeconds: seconds, at: now)
        if let before, seconds >= before.processorSeconds, now > before.at {
            return (seconds - before.processorSeconds) / (now - before.at).inSeconds
        }
        let start = figures["process_start_time_seconds"].map { Double(now.milliseconds) / 1000 - $0 }
        return start.flatMap { $0 > 0 ? seconds / $0 : nil }
    }
}
