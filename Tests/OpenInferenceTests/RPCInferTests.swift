import Foundation
import HTTP
import OpenInference
import RPC
import Testing
import Wire

/// Calls a method by Connect, in process.
private func call<Q: Message, R: Message>(
    _ echo: Echo, _ method: MethodDescriptor<Q, R>, _ request: Q
) async throws -> R {
    var router = RPCRouter(errorMapper: Echo.errorMapper)
    echo.server.register(in: &router)
    let response = try #require(
        await router.respond(
            to: HTTPRequest(
                method: "POST", path: method.path, fields: ["content-type": "application/proto"],
                body: .data(request.serialized()))))
    let body = try await response.body.collect(limit: 1 << 20)
    guard response.status == 200 else { throw CallError(text: String(decoding: body, as: UTF8.self)) }
    return try R(serialized: body)
}

private struct CallError: Error {
    let text: String
}

private func message(
    _ datatype: Datatype = .fp32, shape: [Int64] = [1, 2], raw: [Data] = [], _ contents: InferTensorContents? = nil
) -> ModelInferRequest {
    ModelInferRequest(
        modelName: "echo", id: "7",
        inputs: [.init(name: "in", datatype: datatype.rawValue, shape: shape, contents: contents)],
        rawInputContents: raw)
}

@Suite struct RPCInferTests {
    @Test func `raw contents are answered raw`() async throws {
        let bytes = Data(memoryOf: [Float(1), .infinity])
        let answer = try await call(Echo(), InferenceMethods.modelInfer, message(raw: [bytes]))
        #expect(answer.rawOutputContents == [bytes])
        #expect((answer.modelName, answer.modelVersion, answer.id) == ("echo", "1", "7"))
        #expect(answer.parameters["intended_use"]?.choice == .string("tests"))
        #expect(answer.outputs == [.init(name: "out", datatype: "FP32", shape: [1, 2])])
    }

    @Test(arguments: [
        (Datatype.bool, InferTensorContents(boolContents: [true, false])),
        (.uint8, InferTensorContents(uintContents: [0, 255])),
        (.uint16, InferTensorContents(uintContents: [0, 65535])),
        (.uint32, InferTensorContents(uintContents: [0, .max])),
        (.uint64, InferTensorContents(uint64Contents: [0, .max])),
        (.int8, InferTensorContents(intContents: [-128, 127])),
        (.int16, InferTensorContents(intContents: [-32768, 32767])),
        (.int32, InferTensorContents(intContents: [.min, .max])),
        (.int64, InferTensorContents(int64Contents: [.min, .max])),
        (.fp32, InferTensorContents(fp32Contents: [0.1, -.infinity])),
        (.fp64, InferTensorContents(fp64Contents: [0.1, .greatestFiniteMagnitude])),
        (.bytes, InferTensorContents(bytesContents: [Data(), Data([0, 255])])),
    ])
    func `typed contents are answered typed`(datatype: Datatype, contents: InferTensorContents) async throws {
        let answer = try await call(Echo(datatype), InferenceMethods.modelInfer, message(datatype, contents))
        #expect(answer.outputs.first?.contents == contents)
        #expect(answer.rawOutputContents.isEmpty)
    }

    @Test(arguments: [
        (message(), "wrongContents"),
        (message(raw: [Data(count: 8), Data(count: 8)]), "wrongRawContents"),
        (message(raw: [Data(count: 8)], InferTensorContents(fp32Contents: [1, 2])), "wrongRawContents"),
        (message(raw: [Data(count: 7)]), "wrongByteCount"),
        (message(.fp32, InferTensorContents(fp32Contents: [1])), "wrongContents"),
        (message(.fp32, InferTensorContents(fp64Contents: [1, 2])), "wrongContents"),
        (message(.fp32, InferTensorContents(intContents: [1], fp32Contents: [1, 2])), "wrongContents"),
        (message(.int8, InferTensorContents(intContents: [1, 2])), "datatypeMismatch"),
        (message(shape: [-1, 2], raw: [Data(count: 8)]), "shapeMismatch"),
        (message(shape: [.max, 2], raw: [Data(count: 8)]), "shapeMismatch"),
        (message(shape: [], raw: [Data(count: 8)]), "shapeMismatch"),
        (ModelInferRequest(modelName: "other"), "unknownModel"),
        (ModelInferRequest(modelName: "echo", modelVersion: "2"), "unknownModel"),
        (ModelInferRequest(modelName: "echo"), "missingInput"),
        (
            ModelInferRequest(
                modelName: "echo", parameters: ["timeout": InferParameter(.string("1"))], inputs: message().inputs,
                rawInputContents: [Data(count: 8)]), "invalidParameter"
        ),
        (
            ModelInferRequest(
                modelName: "echo",
                inputs: [.init(name: "in", parameters: ["shared_memory_region": InferParameter(.string("x"))])]),
            "unsupportedParameter"
        ),
    ])
    func `what cannot be names its reason`(request: ModelInferRequest, reason: String) async throws {
        let error = await #expect(throws: CallError.self) {
            try await call(Echo(), InferenceMethods.modelInfer, request)
        }
        #expect(error?.text.contains(reason) == true, "\(error?.text ?? "")")
    }

    @Test func `elements past a narrow datatype are refused`() async throws {
        let wide = InferTensorContents(intContents: [1, 128])
        let error = await #expect(throws: CallError.self) {
            try await call(Echo(.int8), InferenceMethods.modelInfer, message(.int8, wide))
        }
        #expect(error?.text.contains("invalidElement") == true)
    }

    @Test func `health, metadata, configuration, index and statistics say what HTTP says`() async throws {
        let echo = Echo(unavailable: [UnavailableModel(name: "broken", version: "2", reason: "why")])
        #expect(try await call(echo, InferenceMethods.serverLive, .init()).live)
        #expect(try await call(echo, InferenceMethods.serverReady, .init()).ready)
        #expect(try await call(echo, InferenceMethods.modelReady, .init(name: "echo")).ready)
        #expect(try await !call(echo, InferenceMethods.modelReady, .init(name: "broken")).ready)
        #expect(try await call(echo, InferenceMethods.serverMetadata, .init()).name == "echo-service")
        let metadata = try await call(echo, InferenceMethods.modelMetadata, .init(name: "echo", version: "1"))
        #expect(metadata.inputs == [.init(name: "in", datatype: "FP32", shape: [-1, 2])])
        let config = try #require(try await call(echo, InferenceMethods.modelConfig, .init(name: "echo")).config)
        #expect(config.maxBatchSize == 4)
        #expect(config.output == [.init(name: "out", dataType: .fp32, dims: [2])])
        let index = try await call(echo, InferenceMethods.repositoryIndex, .init())
        #expect(index.models.map(\.state) == ["UNAVAILABLE", "READY"])
        #expect(try await call(echo, InferenceMethods.repositoryIndex, .init(ready: true)).models.count == 1)
        _ = try await call(echo, InferenceMethods.modelInfer, message(raw: [Data(count: 8)]))
        let statistics = try await call(echo, InferenceMethods.modelStatistics, .init())
        #expect(statistics.modelStats.first?.inferenceCount == 1)
        #expect(statistics.modelStats.first?.inferenceStats?.computeInfer == StatisticDuration(count: 1, ns: 3_000_000))
    }
}
