import NeuralNetwork
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
    private let metrics: PlanningMetrics
    private let shelf = Mutex(ModelShelf.empty)

    package init(_ configuration: PlanningConfiguration, _ context: ServiceContext) {
        self.configuration = configuration
        self.context = context
        queue = AdmissionQueue(
            concurrency: configuration.server.maxConcurrency, queueLimit: configuration.server.maxQueue)
        queue.register(in: context.metrics)
        metrics = PlanningMetrics(in: context.metrics)
    }

    package func register(in router: inout RPCRouter) {
        router.unary(PlanningServiceMethods.planViews) { try await self.planViews($0, $1) }
        router.unary(PlanningServiceMethods.listModels) { _, _ in
            ListModelsResponse(models: self.shelf.withLock { $0.infos })
        }
    }

    /// Loads the bundles, each with its golden output checked.
    package func prepare() async throws -> Health.State {
        let loaded = try await offload { [configuration, logger = context.logger] _ in
            let pool = try ComputePool(threads: configuration.threadCount)
            return try ModelShelf.load(root: configuration.models, pool: pool) { name, version, error in
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
        return loaded.models.isEmpty ? .notReady(reason: "no model is ready") : .ready
    }

    private func planViews(_ request: PlanViewsRequest, _ call: CallContext) async throws -> PlanViewsResponse {
        let model = try shelf.withLock { shelf throws(PlanningError) in try shelf.model(named: request.model) }
        let pipeline = PlanningPipeline(model: model, layout: configuration.layout)
        do {
            let response = try await queue.run(for: call) { waited in
                try await offload { flag in try pipeline.answer(request, waited: waited, cancellation: flag) }
            }
            metrics.record(response)
            return response
        } catch {
            metrics.record(error)
            throw error
        }
    }
}
