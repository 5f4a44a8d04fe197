package import RPC
import Wire

extension InferenceServer {
    /// Adds `inference.GRPCInferenceService`.
    package func register(in router: inout RPCRouter) {
        router.unary(InferenceMethods.serverLive) { _, _ in ServerLiveResponse(live: true) }
        router.unary(InferenceMethods.serverReady) { _, _ in ServerReadyResponse(ready: isReady()) }
        router.unary(InferenceMethods.modelReady) { request, _ in
            ModelReadyResponse(ready: try isReady(request.name, version: request.version))
        }
        router.unary(InferenceMethods.serverMetadata) { _, _ in
            ServerMetadataResponse(name: name, version: version, extensions: Self.extensions)
        }
        router.unary(InferenceMethods.modelMetadata) { request, _ in
            ModelMetadataResponse(try model(request.name, version: request.version))
        }
        router.unary(InferenceMethods.modelConfig) { request, _ in
            ModelConfigResponse(config: ModelConfig(try model(request.name, version: request.version)))
        }
        router.unary(InferenceMethods.modelStatistics) { request, _ in
            let models = try models(named: request.name, version: request.version)
            return ModelStatisticsResponse(modelStats: models.map { ModelStatistics($0) })
        }
        router.unary(InferenceMethods.repositoryIndex) { request, _ in
            let entries = catalog().index(readyOnly: request.ready)
            return RepositoryIndexResponse(models: entries.map { .init($0) })
        }
        router.unary(InferenceMethods.modelInfer) { try await infer($0, $1) }
    }

    /// Runs a model; typed contents are answered by typed contents, raw ones by raw ones.
    private func infer(_ message: ModelInferRequest, _ context: CallContext) async throws -> ModelInferResponse {
        let model = try model(message.modelName, version: message.modelVersion)
        let (request, outputs) = try await infer(model, context) { try InferenceRequest(message, for: model) }
        return try ModelInferResponse(request, outputs, of: model, raw: !message.rawInputContents.isEmpty)
    }
}

extension ModelMetadataResponse {
    init(_ model: HostedModel) {
        func metadata(_ tensor: TensorDescription) -> TensorMetadata {
            TensorMetadata(
                name: tensor.name, datatype: tensor.datatype.rawValue, shape: tensor.shape.map(Int64.init))
        }
        self.init(
            name: model.name, versions: [model.version], platform: model.platform,
            inputs: model.inputs.map(metadata), outputs: model.outputs.map(metadata))
    }
}

extension ModelConfig {
    init(_ model: HostedModel) {
        self.init(
            name: model.name, platform: model.platform, maxBatchSize: Int32(clamping: model.maxBatch),
            input: model.inputs.map {
                ModelInput(name: $0.name, dataType: $0.datatype.configured, dims: $0.itemShape.map(Int64.init))
            },
            output: model.outputs.map {
                ModelOutput(name: $0.name, dataType: $0.datatype.configured, dims: $0.itemShape.map(Int64.init))
            },
            backend: "hilum")
    }
}

extension Datatype {
    /// The type in Triton's model configuration.
    var configured: DataType {
        switch self {
        case .bool: .bool
        case .uint8: .uint8
        case .uint16: .uint16
        case .uint32: .uint32
        case .uint64: .uint64
        case .int8: .int8
        case .int16: .int16
        case .int32: .int32
        case .int64: .int64
        case .fp16: .fp16
        case .fp32: .fp32
        case .fp64: .fp64
        case .bf16: .bf16
        case .bytes: .string
        }
    }

    /// The same by its name.
    var configuredName: String { "TYPE_" + (self == .bytes ? "STRING" : rawValue) }
}

extension RepositoryIndexResponse.ModelIndex {
    init(_ entry: ModelCatalog.Entry) {
        self.init(name: entry.name, version: entry.version, state: entry.state, reason: entry.reason ?? "")
    }
}

extension ModelStatistics {
    init(_ model: HostedModel) {
        let figures = model.statistics.snapshot
        self.init(
            name: model.name, version: model.version, lastInference: figures.lastInference,
            inferenceCount: figures.inferences, executionCount: figures.executions,
            inferenceStats: InferStatistics(
                success: .init(figures.success), fail: .init(figures.failure), queue: .init(figures.queue),
                computeInput: .init(figures.input), computeInfer: .init(figures.network),
                computeOutput: .init(figures.output), cacheHit: StatisticDuration(), cacheMiss: StatisticDuration()),
            batchStats: figures.batches.sorted { $0.key < $1.key }.map { size, batch in
                InferBatchStatistics(
                    batchSize: UInt64(size), computeInput: .init(batch.input), computeInfer: .init(batch.network),
                    computeOutput: .init(batch.output))
            })
    }
}

extension StatisticDuration {
    fileprivate init(_ total: InferenceStatistics.Total) {
        self.init(count: total.count, ns: total.nanoseconds)
    }
}
