import Cryptography
import Foundation
package import HTTP
package import RPC
import ServiceKit
import Wire

/// Looks at everything the gateway depends on, from where the gateway stands.
package struct SiteSurvey: Sendable {
    private static let timeout = Duration.seconds(5)

    private let ledger: LedgerProbe
    private let space: DiskSpace
    private let pools: [BackendPool]
    private let destinations: [Destination]
    private let tls: HTTPClient.TLS
    /// The token shown to replicas.
    private let credentials: Metadata
    private let dicom: @Sendable () -> SiteReport.DICOMEntity?
    private let clock: any WallClock

    /// - Parameters:
    ///   - tls: as calls to replicas have it.
    ///   - dicom: the port that takes studies now.
    package init(
        ledger: LedgerProbe, space: DiskSpace, pools: [BackendPool], destinations: [Destination], tls: HTTPClient.TLS,
        credentials: Metadata = Metadata(), clock: any WallClock,
        dicom: @escaping @Sendable () -> SiteReport.DICOMEntity? = { nil }
    ) {
        self.ledger = ledger
        self.space = space
        self.pools = pools
        self.destinations = destinations
        self.tls = tls
        self.credentials = credentials
        self.clock = clock
        self.dicom = dicom
    }

    package func report() async -> SiteReport {
        async let replicas = replicas()
        async let destinations = concurrently(self.destinations) { await $0.state() }
        return SiteReport(
            version: ServiceProgram.version, time: clock.now.milliseconds, ledger: await ledger.state(clock),
            disk: .init(freeBytes: space.free, lowBytes: space.lowWatermark, enoughBytes: space.highWatermark),
            dicom: dicom(), replicas: await replicas, destinations: await destinations)
    }

    private func replicas() async -> [SiteReport.Replica] {
        var reports: [SiteReport.Replica] = []
        for pool in pools {
            let known = pool.replicas.all
            reports += await concurrently(known) { await state(of: $0, pool.route) }
            if known.isEmpty {
                reports.append(.init(service: pool.route.rawValue, replica: "", fault: "no replica is known"))
            }
        }
        return reports
    }

    private func state(of replica: Endpoint, _ route: Route) async -> SiteReport.Replica {
        var state = SiteReport.Replica(service: route.rawValue, replica: replica.label)
        if replica.address.hasPrefix("https:") {
            do throws(TLSProbe.Failure) {
                state.certificateEnds = try await certificateEnd(of: replica)
            } catch {
                state.fault = error.text
                return state
            }
        }
        await askReadiness(of: replica, &state)
        if state.fault == nil { await askBundles(of: replica, route, &state) }
        return state
    }

    private func askReadiness(of replica: Endpoint, _ state: inout SiteReport.Replica) async {
        let request = HTTPClient.Request(
            url: replica.address + "/healthz/ready", connectTo: replica.connectTo, tls: tls, timeout: Self.timeout,
            connectTimeout: Self.timeout, maxResponseBytes: 4096)
        let before = clock.now.milliseconds
        do throws(HTTPError) {
            let response = try await HTTPClient.shared.send(request)
            let middle = (before + clock.now.milliseconds) / 2
            state.clockAheadMilliseconds = response.fields["date"].flatMap(HTTPDate.milliseconds).map { $0 - middle }
            if response.status != 200 { state.fault = "it takes no work: HTTP \(response.status)" }
        } catch {
            state.fault = error.deliveryReason
        }
    }

    private func askBundles(of replica: Endpoint, _ route: Route, _ state: inout SiteReport.Replica) async {
        let client = RPCClient(
            address: replica.address, connectTo: replica.connectTo, tls: tls, metadata: credentials,
            connectTimeout: Self.timeout)
        let method = route == .classifier ? ClassifierServiceMethods.listModels : PlanningServiceMethods.listModels
        do throws(RPCStatus) {
            let models = try await client.unary(method, ListModelsRequest(), timeout: Self.timeout).models
            state.bundles = models.map(SiteReport.Bundle.init)
        } catch {
            state.fault = "it does not name its bundles: \(error.code.connectName)"
        }
    }

    /// Of the one replica meant, under the name that calls give it.
    private func certificateEnd(of replica: Endpoint) async throws(TLSProbe.Failure) -> Int64? {
        guard let url = URLComponents(string: replica.address), let host = url.host else { throw .unreachable }
        let paths = TLSPaths(
            authorityFile: tls.authorityFile, certificateFile: tls.certificateFile, keyFile: tls.keyFile)
        return try await paths.certificateEnd(host: host, port: url.port ?? 443)
    }
}

/// Does the same for each, all at once; results in their order.
private func concurrently<Value: Sendable, Result: Sendable>(
    _ values: [Value], _ body: @escaping @Sendable (Value) async -> Result
) async -> [Result] {
    await withTaskGroup(of: (Int, Result).self) { group in
        for (index, value) in values.enumerated() { group.addTask { (index, await body(value)) } }
        var results: [(Int, Result)] = []
        for await result in group { results.append(result) }
        return results.sorted { $0.0 < $1.0 }.map(\.1)
    }
}

extension SiteReport.Bundle {
    fileprivate init(_ model: ModelInfo) {
        let ref = model.ref ?? ModelRef()
        self.init(
            name: ref.name, version: ref.version, weightsSHA256: ref.weightsSha256, intendedUse: ref.intendedUse,
            isReady: model.ready, reason: model.reason)
    }
}

/// The field `date` (RFC 9110 §5.6.7), in the one form that is sent.
enum HTTPDate {
    static func milliseconds(_ text: String) -> Int64? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        // The date is cut to whole seconds: on average it was half a second later.
        return formatter.date(from: text).map { Int64($0.timeIntervalSince1970) * 1000 + 500 }
    }
}
