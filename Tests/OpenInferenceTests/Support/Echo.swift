import Foundation
import HTTP
import OpenInference
import RPC

/// A program with one model `echo/1` that gives back what it gets.
struct Echo {
    let model: HostedModel
    let server: InferenceServer

    /// - Parameters:
    ///   - itemShape: of the input `in` and the output `out`.
    ///   - run: made of the input; by default its copy.
    init(
        _ datatype: Datatype = .fp32, itemShape: [Int] = [2], maxBatch: Int = 4,
        unavailable: [UnavailableModel] = [],
        run: @escaping @Sendable (Tensor, CallContext) async throws -> Data = { input, _ in input.bytes }
    ) {
        let model = HostedModel(
            name: "echo", version: "1", platform: "test", intendedUse: "tests",
            inputs: [TensorDescription("in", datatype, itemShape: itemShape)],
            outputs: [TensorDescription("out", datatype, itemShape: itemShape)], maxBatch: maxBatch
        ) { inputs, context in
            var times = Inference.Times()
            times.queue = .milliseconds(1)
            times.input = .milliseconds(2)
            times.network = .milliseconds(3)
            times.output = .milliseconds(4)
            let bytes = try await run(inputs[0], context)
            let output = try Tensor("out", datatype, shape: inputs[0].shape, bytes: bytes)
            return Inference(outputs: [output], times: times)
        }
        self.model = model
        server = InferenceServer(name: "echo-service", version: "7", isReady: { true }) {
            ModelCatalog(models: [model], unavailable: unavailable)
        }
    }

    /// Every error's name stands in the answer.
    static let errorMapper: RPCRouter.ErrorMapper = { error in
        error as? RPCStatus ?? RPCStatus(.invalidArgument, "\(error)")
    }

    func respond(_ request: HTTPRequest, maxBodyBytes: Int = 1 << 20) async throws -> Answer {
        let front = HTTPInference(server, maxBodyBytes: maxBodyBytes, errorMapper: Self.errorMapper)
        guard let response = await front.respond(to: request) else { return Answer(status: 0) }
        return Answer(
            status: response.status, fields: response.fields, body: try await response.body.collect(limit: 1 << 24))
    }

    func get(_ path: String, method: String = "GET") async throws -> Answer {
        try await respond(HTTPRequest(method: method, path: path))
    }

    func infer(
        _ text: String, binary: Data = Data(), fields: HTTPFields = [:], path: String = "/v2/models/echo/infer"
    ) async throws -> Answer {
        var fields = fields
        if !binary.isEmpty { fields["inference-header-content-length"] = String(text.utf8.count) }
        return try await respond(
            HTTPRequest(method: "POST", path: path, fields: fields, body: .data(Data(text.utf8) + binary)))
    }
}

struct Answer {
    let status: Int
    var fields: HTTPFields = [:]
    var body = Data()

    var text: String { String(decoding: body, as: UTF8.self) }
}

/// A request for `echo` with one input of shape `[1, 2]`.
func request(_ data: String, datatype: String = "FP32", shape: String = "[1,2]", more: String = "") -> String {
    #"{"inputs":[{"name":"in","datatype":"\#(datatype)","shape":\#(shape),"data":\#(data)}]\#(more)}"#
}
