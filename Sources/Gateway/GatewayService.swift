package import Cryptography
package import HTTP
package import RPC
package import ServiceKit
import Synchronization

/// The gateway, put together: instances → disk and ledger → dispatcher → services → answers → worklist.
package final class GatewayService: Service {
    /// Held for as long as the gateway runs, so that no second one opens the same files.
    private let directory: DataDirectory
    private let ledger: SQLLedger
    /// True when no other gateway has this ledger.
    private let isAlone: Bool
    private let pools: [BackendPool]
    private let dispatcher: Dispatcher
    private let triage: TriageService
    private let review: ReviewService
    private let watch: WorklistWatch
    private let explanation: RouteExplanation
    private let retention: Retention
    private let routed: RoutedServices
    private let pages: Pages
    private let dicom: DICOMPort?
    private let health: Health
    private let dicomWeb: DICOMwebService
    private let repair: IndexRepair
    /// Nil where nothing is made of answers.
    private let results: Results?
    private let log: Logger
    private let clock: any WallClock
    private let running = Mutex<[Task<Void, Never>]>([])

    /// Opens ledger and blobs.
    ///
    /// - Throws: `RoutingFileError`, `StorageError`, or `ConfigurationError` where certificates or the file of results
    ///   cannot be used.
    package init(
        _ configuration: GatewayConfiguration, context: ServiceContext, clock: any WallClock = SystemWallClock(),
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
    ) throws {
        let rules = try RoutingRules.load(path: configuration.routingRules)
        let isShared = !configuration.ledger.isEmpty
        directory = try DataDirectory(path: configuration.dataDirectory, isShared: isShared)
        let place = LedgerPlace(postgreSQL: configuration.ledger, folder: directory.path)
        isAlone = !isShared
        let metrics = GatewayMetrics(context.metrics)
        let changes = ChangeCounter()
        let (studyAnswered, workDue) = (ChangeSignal(), ChangeSignal())
        let notify: @Sendable (LedgerNotice) -> Void = { notice in
            if notice == .changed { changes.increment() }
            if notice == .workDue { workDue.tell() }
            if case .reached(.answered, _) = notice { studyAnswered.tell() }
            metrics.note(notice)
        }
        let ledger = try place.open(
            completion: StudyCompletion(quietPeriod: configuration.quietPeriod),
            claimLimit: configuration.claimTimeout, notify: notify)
        self.ledger = ledger
        // A ledger that is shared syncs each commit itself.
        let blobs = try BlobStore(directory: directory.path, synchroniseLedger: isShared ? nil : ledger.synchronise)
        let backendMetrics = BackendMetrics(context.metrics, log: context.logger)
        let classifier = BackendPool(.classifier, configuration.classifier, configuration, metrics: backendMetrics)
        let planning = BackendPool(.planning, configuration.planning, configuration, metrics: backendMetrics)
        pools = [classifier, planning]
        let dispatcher = Dispatcher(
            ledger: ledger, blobs: blobs, pools: pools, options: configuration.dispatchOptions,
            clock: clock, jitter: jitter, log: context.logger, metrics: metrics,
            spans: context.tracer)
        self.dispatcher = dispatcher
        workDue.listen(dispatcher.wake)
        let space = DiskSpace(
            folder: directory.path, lowWatermark: configuration.lowSpace, highWatermark: configuration.enoughSpace,
            promised: { blobs.unfiledByteCount })
        context.metrics.gauge("hilum_gateway_disk_free_bytes", help: "Free bytes of the disk of ledger and images.") {
            space.free.map(Double.init)
        }
        context.metrics.gauge("hilum_gateway_unfiled_bytes", help: "Bytes in the journal with no file yet.") {
            Double(blobs.unfiledByteCount)
        }
        let order = WorklistOrder(maximumWait: configuration.maximumWait)
        let results = try configuration.loadResults().map { file in
            Results(
                file, ledger: ledger, blobs: blobs,
                pictures: AnswerPictures(
                    classifier: classifier, planning: planning, timeout: configuration.callTimeout),
                isAlone: !isShared, context: context, clock: clock)
        }
        self.results = results
        if let results { studyAnswered.listen(results.wake) }
        review = ReviewService(ledger: ledger, clock: clock) {
            dispatcher.wake()
            results?.wake()
        }
        explanation = RouteExplanation(rules: rules)
        retention = Retention(
            ledger: ledger, blobs: blobs, policy: configuration.retentionPolicy, clock: clock, log: context.logger)
        watch = WorklistWatch(ledger: ledger, changes: changes, order: order, clock: clock, health: context.health)
        let submission = Submission(ledger: ledger, blobs: blobs, space: space, rules: rules, clock: clock) {
            InstanceHeader.reading($0, attributes: rules.attributes)
        }
        let restored = try submission.recover()
        if restored > 0 { context.logger.info("rows made again from the journal", ["instances": .int(restored)]) }
        let admission = Self.admission(configuration.server)
        triage = TriageService(
            submission: submission, ledger: ledger, order: order, clock: clock, metrics: metrics, admission: admission)
        let index = try place.index()
        dicomWeb = DICOMwebService(
            store: StoreTransaction(
                submission: submission, blobs: blobs, admission: admission, metrics: metrics,
                maximumInstanceBytes: configuration.server.maxBodyBytes),
            search: SearchTransaction(index: index),
            retrieve: RetrieveTransaction(
                index: index, blobs: blobs, admission: Self.admission(configuration.server)),
            publicURL: configuration.publicURL, log: context.logger)
        repair = IndexRepair(ledger: ledger, blobs: blobs, log: context.logger)
        // A queue of its own, so that slow services do not keep instances out.
        routed = RoutedServices(
            classifier: classifier, planning: planning, admission: Self.admission(configuration.server))
        let reception = DICOMReception(
            submission: submission, blobs: blobs, metrics: metrics, outbox: ledger, clock: clock, log: context.logger,
            spans: context.tracer)
        let dicom =
            configuration.dicom.isOn
            ? try DICOMPort(
                configuration.dicom, server: configuration.server, receiver: reception, context: context) : nil
        self.dicom = dicom
        let heatmaps = HeatmapSource(
            ledger: ledger, blobs: blobs, classifier: classifier, admission: Self.admission(configuration.server))
        let data = PageData(
            heatmaps: heatmaps, watch: watch,
            statistics: LedgerStatistics(try place.connect()),
            machines: MachineWatch(
                pools: pools, ledger: ledger, metrics: context.metrics, tls: configuration.backends.tls,
                token: configuration.backends.tokenFile.flatMap(BearerToken.read), clock: clock),
            site: SiteSurvey(
                ledger: LedgerProbe(try place.connect(), isShared: isShared),
                space: space, pools: pools, destinations: results?.destinations ?? [], tls: configuration.backends.tls,
                credentials: configuration.backends.tokenFile.flatMap(BearerToken.read).map(BearerToken.metadata)
                    ?? Metadata(), clock: clock, dicom: { dicom?.entity }),
            clock: clock)
        pages = Pages(configuration.pages, data: data, log: context.logger)
        log = context.logger
        health = context.health
        self.clock = clock
    }

    private static func admission(_ options: ServerOptions) -> AdmissionQueue {
        AdmissionQueue(concurrency: options.concurrency, queueLimit: options.maxQueue)
    }

    package func register(in router: inout RPCRouter) {
        triage.register(on: &router)
        review.register(on: &router)
        watch.register(on: &router)
        explanation.register(on: &router)
        routed.register(on: &router)
    }

    package func streamsBody(at path: String) -> Bool {
        DICOMwebService.streamedPaths.contains { path.hasPrefix($0) }
    }

    /// What streams a body waits for the disk.
    package func executor(at path: String) -> (any TaskExecutor)? {
        streamsBody(at: path) ? BlockingThreads.shared : nil
    }

    package func respond(to request: HTTPRequest) async -> HTTPResponse? {
        if let response = await dicomWeb.respond(to: request) { return response }
        return await pages.respond(to: request)
    }

    /// Takes back what a killed gateway had sent and not written down, and begins to dispatch.
    package func prepare() async throws -> Health.State {
        let released = try await ledger.releaseLeases(all: isAlone, at: clock.now)
        try await results?.prepare()
        if released > 0 { log.info("work of the run before is due again", ["jobs": .int(released)]) }
        running.withLock { running in
            running =
                pools.map { pool in Task { await pool.run() } } + [
                    Task { await dispatcher.run() }, Task { await retention.run() }, Task { await repair.run() },
                ]
            if let results { running.append(Task { await results.run() }) }
        }
        try dicom?.start(watching: health)
        return .ready
    }

    package func use(_ tls: TLSContext) {
        dicom?.use(tls)
    }

    /// Ends dispatching; what is out is put back.
    package func shutDown() async {
        await dicom?.shutDown()
        let tasks = running.withLock { $0 }
        tasks.forEach { $0.cancel() }
        for task in tasks { await task.value }
    }
}
