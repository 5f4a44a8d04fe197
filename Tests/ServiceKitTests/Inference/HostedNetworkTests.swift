import Foundation
import HTTP
import OpenInference
import RPC
import ServiceKit
import Synchronization
import Testing
import Wire

/// Serves `sum/1`: of two numbers their sum, once for each item of the batch.
private struct SumService: Service {
    let queue: AdmissionQueue
    let model: HostedModel

    /// - Parameter beforeItem: called before each item is computed.
    init(concurrency: Int = 1, queueLimit: Int = 0, beforeItem: @escaping @Sendable () -> Void = {}) {
        queue = AdmissionQueue(concurrency: concurrency, queueLimit: queueLimit)
        let network = HostedNetwork(
            input: TensorDescription("in", .fp32, itemShape: [2]),
            outputs: [
                TensorDescription("sum", .fp32, itemShape: [1]), TensorDescription("name", .bytes, itemShape: [1]),
            ]
        ) { item in
            beforeItem()
            return [Data(memoryOf: [item[0] + item[1]]), Tensor.bytes(of: [Data("s".utf8)])]
        }
        model = HostedModel(
            ModelRef(name: "sum", version: "1", intendedUse: "tests"), platform: "test", network, maxBatch: 8, queue,
            batchSizes: Metrics().batchSizes())
    }

    func register(in router: inout RPCRouter) {}

    var hostedModels: ModelCatalog {
        ModelCatalog([model], infos: [ModelInfo(ref: ModelRef(name: "sum", version: "2"), reason: "no weights")])
    }

    func host() -> ServiceHost {
        let context = ServiceContext(logger: Logger(service: "sum-service", sink: { _ in }))
        return ServiceHost(service: self, options: ServerOptions(port: 0), context: context)
    }
}

private func infer(
    _ host: ServiceHost, _ numbers: [Float], path: String = "/v2/models/sum/infer", more: String = ""
) async throws -> (status: Int, fields: HTTPFields, text: String) {
    let bytes = Data(memoryOf: numbers)
    let json =
        #"{"inputs":[{"name":"in","datatype":"FP32","shape":[\#(numbers.count / 2),2],"#
        + #""parameters":{"binary_data_size":\#(bytes.count)}}]\#(more)}"#
    let response = await host.respond(
        to: HTTPRequest(
            method: "POST", path: path, fields: ["inference-header-content-length": String(json.utf8.count)],
            body: .data(Data(json.utf8) + bytes)))
    let body = try await response.body.collect(limit: 1 << 20)
    return (response.status, response.fields, String(decoding: body, as: UTF8.self))
}

@Suite(.timeLimit(.minutes(1))) struct HostedNetworkTests {
    @Test func `a batch is answered item by item, in order`() async throws {
        let (status, _, text) = try await infer(SumService().host(), [1, 2, 3, 4, 5, 6])
        #expect(status == 200)
        #expect(
            text == #"{"model_name":"sum","model_version":"1","parameters":{"intended_use":"tests"},"outputs":["#
                + #"{"name":"sum","datatype":"FP32","shape":[3,1],"data":[3.0,7.0,11.0]},"#
                + #"{"name":"name","datatype":"BYTES","shape":[3,1],"data":["s","s","s"]}]}"#)
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func `an input that is not finite is refused`(number: Float) async throws {
        let (status, _, text) = try await infer(SumService().host(), [1, number])
        #expect(status == 400)
        #expect(text == #"{"error":"in holds an element that its datatype has not"}"#)
    }

    @Test func `the errors of the protocol have its statuses`() async throws {
        let host = SumService().host()
        #expect(try await infer(host, [1, 2], path: "/v2/models/other/infer").status == 404)
        #expect(try await infer(host, [1, 2], path: "/v2/models/sum/versions/3/infer").status == 404)
        #expect(try await infer(host, [1, 2], path: "/v2/models/sum/versions/2/infer").status == 503)
        #expect(try await infer(host, [1, 2], more: #","parameters":{"sequence_id":1}"#).status == 501)
        #expect(try await infer(host, [Float](repeating: 0, count: 18)).status == 400)
    }

    @Test func `readiness is the program's`() async throws {
        let host = SumService().host()
        #expect(await host.respond(to: HTTPRequest(method: "GET", path: "/v2/health/live")).status == 200)
        #expect(await host.respond(to: HTTPRequest(method: "GET", path: "/v2/health/ready")).status == 400)
    }

    @Test func `a full queue is 429 with a hint, a passed deadline 504, and both count as failures`() async throws {
        let (arrived, arrival) = AsyncStream.makeStream(of: Void.self)
        let gate = DispatchSemaphore(value: 0)
        let service = SumService(queueLimit: 1) {
            arrival.yield()
            gate.wait()
        }
        let host = service.host()
        async let first = infer(host, [1, 2])
        for await _ in arrived { break }  // it has the only place
        async let second = infer(host, [1, 2], more: #","parameters":{"timeout":2000000}"#)
        while service.queue.load.waiting == 0 { await Task.yield() }
        let third = try await infer(host, [1, 2])
        #expect(third.status == 429)
        #expect(third.fields["retry-after"] == "2")
        #expect(third.text == #"{"error":"the queue of 1 requests is full"}"#)
        let passed = try await infer(host, [1, 2], more: #","parameters":{"timeout":1}"#)
        #expect(passed.status == 429 || passed.status == 504)
        #expect(try await second.status == 504)
        gate.signal()
        #expect(try await first.status == 200)
        let statistics = await host.respond(to: HTTPRequest(method: "GET", path: "/v2/models/sum/stats"))
        let text = String(decoding: try await statistics.body.collect(limit: 1 << 16), as: UTF8.self)
        #expect(text.contains(#""success":{"count":1,"#) && text.contains(#""fail":{"count":3,"#), "\(text)")
    }

    @Test func `a batch that nobody waits for stops between two items`() async throws {
        let (arrived, arrival) = AsyncStream.makeStream(of: Void.self)
        let gate = DispatchSemaphore(value: 0)
        let items = Mutex(0)
        let host = SumService {
            items.withLock { $0 += 1 }
            arrival.yield()
            gate.wait()
        }.host()
        let call = Task { try await infer(host, [Float](repeating: 1, count: 16)) }
        for await _ in arrived { break }
        call.cancel()
        gate.signal()
        #expect(try await call.value.status == 400)  // CANCELLED
        #expect(items.withLock { $0 } == 1)
    }

    @Test func `inferences over HTTP count as calls of ModelInfer`() async throws {
        let host = SumService().host()
        _ = try await infer(host, [1, 2])
        let metrics = await host.respond(to: HTTPRequest(method: "GET", path: "/metrics"))
        let text = String(decoding: try await metrics.body.collect(limit: 1 << 20), as: UTF8.self)
        #expect(
            text.contains(
                #"hilum_rpc_calls_total{method="inference.GRPCInferenceService/ModelInfer",code="ok"} 1"#))
        #expect(text.contains(#"hilum_http_requests_total{kind="inference",status="200"} 1"#))
    }
}
