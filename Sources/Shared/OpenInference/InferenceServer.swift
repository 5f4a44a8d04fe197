import RPC

/// The Open Inference Protocol, version 2, for the models of one program; the ways in are `HTTPInference` and
/// `register(in:)`.
package struct InferenceServer: Sendable {
    /// Parts of the protocol beyond its core, by Triton's names.
    static let extensions = ["binary_tensor_data", "model_configuration", "statistics"]

    /// Name of the program.
    let name: String
    /// Version of the program.
    let version: String
    /// Whether the program takes work.
    let isReady: @Sendable () -> Bool
    /// The models now.
    let catalog: @Sendable () -> ModelCatalog

    package init(
        name: String, version: String, isReady: @escaping @Sendable () -> Bool,
        catalog: @escaping @Sendable () -> ModelCatalog
    ) {
        self.name = name
        self.version = version
        self.isReady = isReady
        self.catalog = catalog
    }

    /// - Throws: `InferenceError.modelNotReady`, `.unknownModel`.
    func model(_ name: String, version: String) throws(InferenceError) -> HostedModel {
        try catalog().model(name, version: version)
    }

    /// Whether a model answers.
    ///
    /// - Throws: `InferenceError.unknownModel`.
    func isReady(_ name: String, version: String) throws(InferenceError) -> Bool {
        do throws(InferenceError) {
            _ = try model(name, version: version)
            return true
        } catch .modelNotReady {
            return false
        }
    }

    /// The models that a question for statistics means: one, or all for an empty name.
    func models(named name: String, version: String) throws(InferenceError) -> [HostedModel] {
        name.isEmpty ? catalog().models : [try model(name, version: version)]
    }

    /// Reads a request for `model`, runs it and counts it.
    ///
    /// - Parameters:
    ///   - context: its deadline is also the work's.
    ///   - read: makes the request of what came in.
    /// - Returns: the request, and the outputs it asked for in its order.
    func infer(
        _ model: HostedModel, _ context: CallContext, _ read: () async throws -> InferenceRequest
    ) async throws -> (request: InferenceRequest, outputs: [Tensor]) {
        let start = ContinuousClock.now
        model.statistics.arrived()
        do {
            let request = try await read()
            let inference = try await run(request, model, context)
            model.statistics.succeeded(
                batch: request.inputs.first?.batch ?? 1, total: .now - start, inference.times)
            return (request, request.outputs.map { inference.outputs[$0] })
        } catch {
            model.statistics.failed(total: .now - start)
            throw error
        }
    }

    private func run(
        _ request: InferenceRequest, _ model: HostedModel, _ context: CallContext
    ) async throws -> Inference {
        let context = context.ending(within: request.timeout)
        return try await Deadline.run(until: context.deadline) { [inputs = request.inputs] in
            try await model.run(inputs, context)
        }
    }
}

extension CallContext {
    /// The same call with a deadline of at most `timeout` from now.
    fileprivate func ending(within timeout: Duration?) -> CallContext {
        guard let other = Deadline.after(timeout) else { return self }
        return CallContext(
            method: method, transport: transport, metadata: metadata,
            deadline: deadline.map { min($0, other) } ?? other, remoteAddress: remoteAddress, response: response)
    }
}
