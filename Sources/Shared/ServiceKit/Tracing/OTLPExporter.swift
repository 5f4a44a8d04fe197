import Foundation
package import HTTP
import RPC

/// Sends operations to an OpenTelemetry collector: OTLP/HTTP with JSON (https://opentelemetry.io/docs/specs/otlp/).
package struct OTLPExporter: Sendable {
    /// Tries at most for one batch.
    private static let attempts = 3

    private let url: String
    private let resource: OTLPTraces.Resource
    private let logger: Logger
    private let client: HTTPClient

    /// - Parameter endpoint: of the collector; `/v1/traces` is added where its path does not end so.
    package init(endpoint: String, logger: Logger, client: HTTPClient = .shared) {
        let base = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
        url = base.hasSuffix("/v1/traces") ? base : base + "/v1/traces"
        resource = OTLPTraces.Resource(
            service: logger.service, version: ServiceProgram.version, instance: UUID().uuidString.lowercased())
        self.logger = logger
        self.client = client
    }

    /// True where the collector has taken them. Waits and tries again where it says that it is busy or cannot be reached.
    func send(_ spans: [Span]) async -> Bool {
        guard let body = try? JSONEncoder().encode(OTLPTraces(resource, spans)) else { return false }
        var pause = Duration.milliseconds(200)
        for attempt in 1...Self.attempts {
            let status = await post(body)
            if let status, (200..<300).contains(status) { return true }
            let isWorthAnother = status.map { [429, 502, 503, 504].contains($0) } ?? true
            guard isWorthAnother, attempt < Self.attempts else { break }
            try? await Task.sleep(for: pause)
            pause *= 4
        }
        logger.warning("collector did not take traces", ["spans": .int(spans.count)])
        return false
    }

    /// The status; nil where the collector cannot be reached.
    private func post(_ body: Data) async -> Int? {
        let request = HTTPClient.Request(
            method: "POST", url: url, fields: ["content-type": "application/json"], body: body, version: .http11,
            timeout: .seconds(10), connectTimeout: .seconds(3), isRepeatable: true, maxResponseBytes: 1 << 20)
        guard let response = try? await client.send(request) else { return nil }
        _ = try? await response.body.collect(limit: 1 << 20)
        return response.status
    }
}
