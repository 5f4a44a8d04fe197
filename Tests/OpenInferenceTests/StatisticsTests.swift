import Foundation
import OpenInference
import RPC
import Testing

/// The parts of the answer that are looked at.
private struct Statistics: Decodable {
    struct Total: Decodable, Equatable {
        let count: UInt64
        let ns: UInt64
    }

    struct Batch: Decodable {
        let batch_size: Int
        let compute_infer: Total
    }

    struct Model: Decodable {
        let name: String
        let version: String
        let last_inference: UInt64
        let inference_count: UInt64
        let execution_count: UInt64
        let inference_stats: [String: Total]
        let batch_stats: [Batch]
    }

    let model_stats: [Model]
}

@Suite struct StatisticsTests {
    private func statistics(_ echo: Echo, _ path: String = "/v2/models/echo/stats") async throws -> Statistics.Model {
        let answer = try await echo.get(path)
        return try #require(try JSONDecoder().decode(Statistics.self, from: answer.body).model_stats.first)
    }

    @Test func `nothing has happened at first`() async throws {
        let model = try await statistics(Echo(), "/v2/models/stats")
        #expect((model.name, model.version, model.last_inference) == ("echo", "1", 0))
        #expect(model.inference_stats.values.allSatisfy { $0 == Statistics.Total(count: 0, ns: 0) })
        #expect(
            model.inference_stats.keys.sorted() == [
                "cache_hit", "cache_miss", "compute_infer", "compute_input", "compute_output", "fail", "queue",
                "success",
            ])
    }

    @Test func `answers count by batch, refusals as failures`() async throws {
        let echo = Echo()
        let before = UInt64(Date().timeIntervalSince1970 * 1000)
        _ = try await echo.infer(request("[1,2]"))
        _ = try await echo.infer(request("[1,2,3,4,5,6]", shape: "[3,2]"))
        _ = try await echo.infer(request("[1,2,3,4,5,6]", shape: "[3,2]"))
        _ = try await echo.infer(request("[1]"))
        let model = try await statistics(echo)
        #expect(model.last_inference >= before)
        #expect((model.inference_count, model.execution_count) == (7, 3))
        #expect(model.inference_stats["success"]?.count == 3)
        #expect(model.inference_stats["fail"]?.count == 1)
        #expect(model.inference_stats["queue"] == .init(count: 3, ns: 3_000_000))
        #expect(model.inference_stats["compute_input"] == .init(count: 3, ns: 6_000_000))
        #expect(model.inference_stats["compute_infer"] == .init(count: 3, ns: 9_000_000))
        #expect(model.inference_stats["compute_output"] == .init(count: 3, ns: 12_000_000))
        #expect(model.batch_stats.map(\.batch_size) == [1, 3])
        #expect(
            model.batch_stats.map(\.compute_infer) == [.init(count: 1, ns: 3_000_000), .init(count: 2, ns: 6_000_000)])
    }
}
