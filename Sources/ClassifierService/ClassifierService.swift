import NeuralNetwork
package import OpenInference
package import RPC
package import ServiceKit
import Synchronization
import Wire

/// `hilum.v1.ClassifierService`: lets requests in one by one and has the pipeline answer them off the threads that
/// serve connections.
package final class ClassifierService: Service {
    private let configuration: ClassifierConfiguration
    private let context: ServiceContext
    private let queue: AdmissionQueue
    private let batchSizes: Histogram
    private let metrics: ClassifierMetrics
    private let pipeline: Mutex<ClassificationPipeline>
    private let catalog = Mutex(ModelCatalog.empty)

    package init(_ configuration: ClassifierConfiguration, _ context: ServiceContext) {
        self.configuration = configuration
        self.context = context
        queue = AdmissionQueue(
            concurrency: configuration.server.concurrency, queueLimit: configuration.server.maxQueue)
        queue.register(in: context.metrics)
        batchSizes = context.metrics.batchSizes()
        metrics = ClassifierMetrics(in: context.metrics)
        pipeline = Mutex(ClassificationPipeline(panel: .empty))
    }

    package func register(in router: inout RPCRouter) {
        router.unary(ClassifierServiceMethods.classify) { try await self.classify($0, $1) }
        router.unary(ClassifierServiceMethods.listModels) { _, _ in
            ListModelsResponse(models: self.pipeline.withLock { $0.panel.infos })
        }
    }

    package var hostedModels: ModelCatalog { catalog.withLock { $0 } }

    /// Loads the bundles, each with its golden output checked.
    package func prepare() async throws -> Health.State {
        let panel = try await offload { [configuration, logger = context.logger] _ in
            _ = ChestTemplate.standard  // drawn now rather than by the first request
            let pool = try ComputePool(threads: configuration.threadCount)
            return try ModelPanel.load(
                root: configuration.models, pool: pool, precision: configuration.precision
            ) { name, version, error in
                logger.error(
                    "bundle does not answer",
                    [
                        "model.name": .string(name), "model.version": .string(version),
                        "error.text": .string(String(describing: error)),
                    ])
            }
        }
        for model in panel.models {
            context.logger.info(
                "bundle answers", ["model.name": .string(model.ref.name), "model.version": .string(model.ref.version)])
        }
        let ready = ClassificationPipeline(
            panel: panel, gates: QualityGates(limits: configuration.gates),
            maxHeatMapSize: configuration.maxHeatMapSize)
        pipeline.withLock { $0 = ready }
        let hosted = panel.models.map { model in
            HostedModel(
                model.ref, platform: "hilum_efficientnet", model.hosted, maxBatch: configuration.maxBatch, queue,
                batchSizes: batchSizes)
        }
        catalog.withLock { $0 = ModelCatalog(hosted, infos: panel.infos) }
        return panel.models.isEmpty ? .notReady(reason: "no model is ready") : .ready
    }

    private func classify(_ request: ClassifyRequest, _ call: CallContext) async throws -> ClassifyResponse {
        let pipeline = pipeline.withLock { $0 }
        let response = try await queue.run(for: call) { waited in
            try await offload { [metrics] flag in
                try pipeline.answer(request, queued: waited, until: flag) { metrics.record($0, trainedOn: $1) }
            }
        }
        metrics.record(response)
        return response
    }
}
