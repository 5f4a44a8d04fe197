import Foundation
import Gateway
import HTTP
import RPC
import ServiceKit
import Testing
import Wire

@Suite struct BackendObserverTests {
    @Test func `calls, ejections and replicas are counted by address`() async throws {
        let replica = try await StubServer(StubBackend())
        let gone = try await StubServer(StubBackend())
        await gone.stop()
        let metrics = Metrics()
        var configuration = GatewayConfiguration()
        configuration.backends.balancing.checkInterval = .zero
        let pool = BackendPool(
            .classifier, [replica.address, gone.address], configuration,
            metrics: BackendMetrics(metrics, log: Logger(service: "test", sink: { _ in })))
        for _ in 0..<20 {
            _ = try await pool.unary(ClassifierServiceMethods.classify, ClassifyRequest(), timeout: .seconds(30))
        }
        await replica.stop()
        let text = metrics.exposition()
        func series(_ name: String, _ port: Int, _ more: String = "") -> String {
            "hilum_gateway_replica_\(name){service=\"classifier\",replica=\"127.0.0.1:\(port)\"\(more)}"
        }
        let lines = Set(text.split(separator: "\n").map(String.init))
        #expect(lines.contains(series("calls_total", replica.port, ",outcome=\"answered\"") + " 20"), "\(text)")
        #expect(text.contains(series("calls_total", gone.port, ",outcome=\"unreachable\"")))
        #expect(text.contains(series("ejections_total", gone.port, ",reason=\"unreachable\"")))
        #expect(lines.contains(series("outstanding_calls", replica.port) + " 0"))
        #expect(lines.contains(series("available", gone.port) + " 0"))
        #expect(text.contains(series("call_seconds_count", replica.port) + " 20"))
    }
}
