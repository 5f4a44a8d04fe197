// The methods of proto/inference/inference.proto, and the messages of those that ask for health.

/// The networks a program hosts, and inference on bare tensors.
package enum InferenceMethods {
    /// Full name of the service.
    package static let service = "inference.GRPCInferenceService"
    /// Whether the program answers at all.
    package static let serverLive = MethodDescriptor<ServerLiveRequest, ServerLiveResponse>(
        service: service, name: "ServerLive", shape: .unary, idempotency: .noSideEffects)
    /// Whether the program takes work.
    package static let serverReady = MethodDescriptor<ServerReadyRequest, ServerReadyResponse>(
        service: service, name: "ServerReady", shape: .unary, idempotency: .noSideEffects)
    /// Whether a model answers.
    package static let modelReady = MethodDescriptor<ModelReadyRequest, ModelReadyResponse>(
        service: service, name: "ModelReady", shape: .unary, idempotency: .noSideEffects)
    /// What the program is.
    package static let serverMetadata = MethodDescriptor<ServerMetadataRequest, ServerMetadataResponse>(
        service: service, name: "ServerMetadata", shape: .unary, idempotency: .noSideEffects)
    /// What a model takes and gives.
    package static let modelMetadata = MethodDescriptor<ModelMetadataRequest, ModelMetadataResponse>(
        service: service, name: "ModelMetadata", shape: .unary, idempotency: .noSideEffects)
    /// Runs a model on tensors.
    package static let modelInfer = MethodDescriptor<ModelInferRequest, ModelInferResponse>(
        service: service, name: "ModelInfer", shape: .unary, idempotency: .unknown)
    /// A model's configuration in Triton's terms (Triton).
    package static let modelConfig = MethodDescriptor<ModelConfigRequest, ModelConfigResponse>(
        service: service, name: "ModelConfig", shape: .unary, idempotency: .noSideEffects)
    /// What models have done since the program started (Triton).
    package static let modelStatistics = MethodDescriptor<ModelStatisticsRequest, ModelStatisticsResponse>(
        service: service, name: "ModelStatistics", shape: .unary, idempotency: .noSideEffects)
    /// Every model found, whether it answers or not (Triton).
    package static let repositoryIndex = MethodDescriptor<RepositoryIndexRequest, RepositoryIndexResponse>(
        service: service, name: "RepositoryIndex", shape: .unary, idempotency: .noSideEffects)
}

/// Asks whether the program answers.
package struct ServerLiveRequest: Message {
    package static let fullName = "inference.ServerLiveRequest"

    package init() {}

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {}
}

/// The program answers.
package struct ServerLiveResponse: Message {
    package static let fullName = "inference.ServerLiveResponse"

    /// Always true.
    package var live: Bool

    /// A message with the given fields; the others have their defaults.
    package init(
        live: Bool = false
    ) {
        self.live = live
    }

    package init() {
        self.init(live: false)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &live)
    }
}

/// Asks whether the program takes work.
package struct ServerReadyRequest: Message {
    package static let fullName = "inference.ServerReadyRequest"

    package init() {}

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {}
}

/// Whether the program takes work.
package struct ServerReadyResponse: Message {
    package static let fullName = "inference.ServerReadyResponse"

    /// False while models load and while the program drains.
    package var ready: Bool

    /// A message with the given fields; the others have their defaults.
    package init(
        ready: Bool = false
    ) {
        self.ready = ready
    }

    package init() {
        self.init(ready: false)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &ready)
    }
}

/// Names a model.
package struct ModelReadyRequest: Message {
    package static let fullName = "inference.ModelReadyRequest"

    /// Name of the model.
    package var name: String
    /// Its version; empty means the one that is served.
    package var version: String

    /// A message with the given fields; the others have their defaults.
    package init(
        name: String = "", version: String = ""
    ) {
        self.name = name
        self.version = version
    }

    package init() {
        self.init(name: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &name)
        try visitor.field(2, &version)
    }
}

/// Whether the model answers.
package struct ModelReadyResponse: Message {
    package static let fullName = "inference.ModelReadyResponse"

    /// False for a model whose bundle was found but does not work.
    package var ready: Bool

    /// A message with the given fields; the others have their defaults.
    package init(
        ready: Bool = false
    ) {
        self.ready = ready
    }

    package init() {
        self.init(ready: false)
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &ready)
    }
}
