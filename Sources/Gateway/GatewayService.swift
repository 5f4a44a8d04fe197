package import HTTP
package import RPC
package import ServiceKit
import Synchronization

/// The gateway, put together: instances → disk and ledger → dispatcher → services → answers → worklist.
package final class GatewayService: Service {
    /// Held for as long as the gateway runs, so that no second one opens the same files.
    private let directory: DataDirectory
    private let ledger: SQLLedger
    private let pools: [BackendPool]
    private let dispatcher: Dispatcher
    private let triage: TriageService
    private let review: ReviewService
    private let watch: WorklistWatch
    private let routed: RoutedServices
    private let pages: Pages
    private let log: Logger
    private let clock: any WallClock
    private let running = Mutex<[Task<Void, Never>]>([])

    /// Opens ledger and blobs.
    ///
    /// - Throws: `StorageError`.
    package init(
        _ configuration: GatewayConfiguration, context: ServiceContext, clock: any WallClock = SystemWallClock(),
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
    ) throws(StorageError) {
        directory = try DataDirectory(path: configuration.dataDirectory)
        let metrics = GatewayMetrics(context.metrics)
        let changes = ChangeCounter()
        ledger = try SQLLedger(
            path: directory.path + "/ledger.sqlite",
            completion: StudyCompletion(quietPeriod: configuration.quietPeriod)
        ) { notice in
            if notice == .changed { changes.increment() }
            metrics.note(notice)
        }
        let blobs = try BlobStore(directory: directory.path)
        let backendMetrics = BackendMetrics(context.metrics, log: context.logger)
        let classifier = BackendPool(.classifier, configuration.classifier, configuration, metrics: backendMetrics)
        let planning = BackendPool(.planning, configuration.planning, configuration, metrics: backendMetrics)
        pools = [classifier, planning]
        let dispatcher = Dispatcher(
            ledger: ledger, blobs: blobs, pools: pools, options: configuration.dispatchOptions,
            clock: clock, jitter: jitter, log: context.logger, metrics: metrics)
        self.dispatcher = dispatcher
        let order = WorklistOrder(maximumWait: configuration.maximumWait)
        review = ReviewService(ledger: ledger, clock: clock, workArrived: dispatcher.wake)
        watch = WorklistWatch(ledger: ledger, changes: changes, order: order, clock: clock, health: context.health)
        triage = TriageService(
            submission: Submission(ledger: ledger, blobs: blobs, clock: clock, readHeader: InstanceHeader.reading),
            ledger: ledger, order: order, clock: clock,
            metrics: metrics, admission: Self.admission(configuration.server), workArrived: dispatcher.wake)
        // A queue of its own, so that slow services do not keep instances out.
        routed = RoutedServices(
            classifier: classifier, planning: planning, admission: Self.admission(configuration.server))
        pages = Pages(configuration.pages, log: context.logger)
        log = context.logger
        self.clock = clock
    }

    private static func admission(_ options: ServerOptions) -> AdmissionQueue {
        AdmissionQueue(concurrency: options.maxConcurrency, queueLimit: options.maxQueue)
    }

    package func register(in router: inout RPCRouter) {
        triage.register(on: &router)
        review.register(on: &router)
        watch.register(on: &router)
        routed.register(on: &router)
    }

    package func respond(to request: HTTPRequest) async -> HTTPResponse? {
        await pages.respond(to: request)
    }

    /// Takes back what a killed gateway had sent and not written down, and begins to dispatch.
    package func prepare() async throws -> Health.State {
        let released = try await ledger.releaseLeases(all: true, at: clock.now)
        if released > 0 { log.info("work of the run before is due again", ["jobs": .int(released)]) }
        running.withLock { running in
            running = pools.map { pool in Task { await pool.run() } } + [Task { await dispatcher.run() }]
        }
        return .ready
    }

    /// Ends dispatching; what is out is put back.
    package func shutDown() async {
        let tasks = running.withLock { $0 }
        tasks.forEach { $0.cancel() }
        for task in tasks { await task.value }
    }
}
