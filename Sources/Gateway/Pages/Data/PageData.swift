import Foundation
import HTTP
import RPC
import Wire

/// What the pages ask for that no call gives, under `/ui/api/`: JSON, and the stream of events.
package struct PageData: Sendable {
    package static let root = Pages.root + "api/"
    private static let maximumRequestBytes = 4096

    private let heatmaps: HeatmapSource
    private let watch: WorklistWatch
    private let statistics: LedgerStatistics
    private let machines: MachineWatch
    private let site: SiteSurvey
    private let clock: any WallClock

    package init(
        heatmaps: HeatmapSource, watch: WorklistWatch, statistics: LedgerStatistics, machines: MachineWatch,
        site: SiteSurvey, clock: any WallClock
    ) {
        self.heatmaps = heatmaps
        self.watch = watch
        self.statistics = statistics
        self.machines = machines
        self.site = site
        self.clock = clock
    }

    /// nil where nothing of this name is there.
    func respond(to request: HTTPRequest) async -> HTTPResponse? {
        do {
            switch (request.method, request.path.dropFirst(Self.root.count)) {
            case ("POST", "heatmaps"): return try await heatmaps(request)
            case ("GET", "events"): return try await events(request)
            case ("GET", "statistics"): return try await statistics(request)
            case ("GET", "caller"): return try .pageJSON(CallerAnswer(request.caller), to: request)
            case ("GET", "machines"): return try .pageJSON(try await machines.reports(), to: request)
            case ("GET", "site"): return try .pageJSON(await site.report(), to: request)
            default: return nil
            }
        } catch {
            return .pageError(error, to: request)
        }
    }
}

// MARK: Caller
extension PageData {
    /// Who asks, as access control knows it; nobody where it is off.
    private struct CallerAnswer: Encodable {
        let name: String
        let roles: [String]

        init(_ caller: Caller?) {
            name = caller?.name ?? ""
            roles = (caller?.roles ?? []).map(\.rawValue).sorted()
        }
    }
}

// MARK: Events
extension PageData {
    /// Goes on after `Last-Event-ID`, which also takes the `resume_token` of a page of the worklist.
    private func events(_ request: HTTPRequest) async throws -> HTTPResponse {
        let token = request.fields["last-event-id"] ?? ""
        let changes = try await watch.watch(WatchWorklistRequest(resumeToken: token))
        var fields = PageSecurity.fields(over: request)
        fields["content-type"] = "text/event-stream; charset=utf-8"
        fields["cache-control"] = "no-store"
        // nginx would hold events back.
        fields["x-accel-buffering"] = "no"
        return HTTPResponse(status: 200, fields: fields, body: EventStream(changes).body)
    }
}

// MARK: Heat maps
extension PageData {
    /// The identifiers come in the body, so that they stand in nobody's log of addresses.
    private struct HeatmapRequest: Decodable {
        let studyInstanceUid: String
        let sopInstanceUid: String
    }

    private struct HeatmapAnswer: Encodable {
        /// Base64 of a PNG, by finding.
        let heatmaps: [String: Data]
    }

    private func heatmaps(_ request: HTTPRequest) async throws -> HTTPResponse {
        let asked: HeatmapRequest = try await Self.decode(request)
        let found = try await heatmaps.heatmaps(study: asked.studyInstanceUid, instance: asked.sopInstanceUid)
        return try .pageJSON(HeatmapAnswer(heatmaps: found), to: request)
    }

    private static func decode<Value: Decodable>(_ request: HTTPRequest) async throws -> Value {
        let body = try await request.body.collect(limit: maximumRequestBytes)
        do {
            return try JSONDecoder().decode(Value.self, from: body)
        } catch {
            throw GatewayError.malformedPageRequest
        }
    }
}

// MARK: Statistics
extension PageData {
    private static let longestPeriod = 3660
    private static let longestZone = 14 * 60

    /// `days` back from now, 30 where it is not said, in days that begin `zone` minutes before those of UTC.
    private func statistics(_ request: HTTPRequest) async throws -> HTTPResponse {
        let query = Self.parameters(request.query ?? "")
        let days = try Self.number(query["days"], default: 30, in: 1...Self.longestPeriod, field: "days")
        let zone = try Self.number(
            query["zone"], default: 0, in: -Self.longestZone...Self.longestZone, field: "zone")
        let report = try await statistics.report(.init(end: clock.now, days: days, zoneMinutes: zone))
        return try .pageJSON(report, to: request)
    }

    private static func parameters(_ query: String) -> [String: Substring] {
        Dictionary(
            query.split(separator: "&").map { pair in
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), parts.count > 1 ? parts[1] : "")
            }, uniquingKeysWith: { first, _ in first })
    }

    private static func number(
        _ text: Substring?, default fallback: Int, in range: ClosedRange<Int>, field: String
    ) throws(GatewayError) -> Int {
        guard let text else { return fallback }
        guard let number = Int(text), range.contains(number) else {
            throw .fieldOutOfRange(
                field: field, found: String(text).limited, limit: "\(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
