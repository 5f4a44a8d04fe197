package import NeuralNetwork
package import OpenInference
package import RPC
package import ServiceKit
import Synchronization
import Wire

/// `hilum.v1.PlanningService`: lets requests in one by one and has the pipeline answer them off the threads that
/// serve connections.
package final class PlanningService: Service {
    private let configuration: PlanningConfiguration
    private let context: ServiceContext
    private let queue: AdmissionQueue
    private let batchSizes: Histogram
    private let metrics: PlanningMetrics
    private let load: ModelLoader
    private let shelf = Mutex(ModelShelf.empty)
    private let catalog = Mutex(ModelCatalog.empty)

    /// Loads models, telling of each bundle that does not answer; blocks.
    package typealias ModelLoader =
        @Sendable (
            PlanningConfiguration, _ failed: (_ name: String, _ version: String, NeuralNetworkError) -> Void
        ) throws -> ModelShelf

    /// - Parameter load: where models come from; the bundles of the configured folder unless given.
    package init(
        _ configuration: PlanningConfiguration, _ context: ServiceContext,
        load: @escaping ModelLoader = PlanningService.loadBundles
    ) {
        self.configuration = configuration
        self.context = context
        self.load = load
        queue = AdmissionQueue(
            concurrency: configuration.server.concurrency, queueLimit: configuration.server.maxQueue)
        queue.register(in: context.metrics)
        batchSizes = context.metrics.batchSizes()
        metrics = PlanningMetrics(in: context.metrics)
    }

    package func register(in router: inout RPCRouter) {
        router.unary(PlanningServiceMethods.planViews) { try await self.planViews($0, $1) }
        router.unary(PlanningServiceMethods.listModels) { _, _ in
            ListModelsResponse(models: self.shelf.withLock { $0.infos })
        }
    }

    package var hostedModels: ModelCatalog { catalog.withLock { $0 } }

    /// Loads the bundles, each with its golden output checked.
    package func prepare() async throws -> Health.State {
        let loaded = try await offload { [configuration, load, logger = context.logger] _ in
            try load(configuration) { name, version, error in
                logger.error(
                    "bundle does not answer",
                    [
                        "model.name": .string(name), "model.version": .string(version),
                        "error.text": .string(String(describing: error)),
                    ])
            }
        }
        for model in loaded.models {
            let reference = model.reference
            context.logger.info(
                "bundle answers",
                ["model.name": .string(reference.name), "model.version": .string(reference.version)])
        }
        shelf.withLock { $0 = loaded }
        let hosted = loaded.models.map { model in
            HostedModel(
                model.reference, platform: "hilum_vnet", model.hosted, maxBatch: configuration.maxBatch, queue,
                batchSizes: batchSizes)
        }
        catalog.withLock { $0 = ModelCatalog(hosted, infos: loaded.infos) }
        return loaded.models.isEmpty ? .notReady(reason: "no model is ready") : .ready
    }

    /// Every V-Net bundle of the configured folder.
    package static let loadBundles: ModelLoader = { configuration, failed in
        let pool = try ComputePool(threads: configuration.threadCount)
        return try ModelShelf.load(root: configuration.models, pool: pool, failed: failed)
    }

    private func planViews(_ request: PlanViewsRequest, _ call: CallContext) async throws -> PlanViewsResponse {
        let model = try shelf.withLock { shelf throws(PlanningError) in try shelf.model(named: request.model) }
        let pipeline = PlanningPipeline(model: model, layout: configuration.layout)
        do {
            let response = try await queue.run(for: call) { waited in
                try await offload { [metrics] flag in
                    try pipeline.answer(request, waited: waited, cancellation: flag) {
                        metrics.record($0, trainedOn: $1)
                    }
                }
            }
            metrics.record(response)
            return response
        } catch {
            metrics.record(error)
            throw error
        }
    }
}
