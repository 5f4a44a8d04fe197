import Foundation
import Gateway
import HTTP
import ServiceKit
import Synchronization
import Wire

/// A disk that a test fills.
final class FreeBytes: Sendable {
    private let state = Mutex(1 << 40)
    var bytes: Int {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

/// A gateway without sockets: its services and dispatcher over stub backends, with a clock that stands still.
struct GatewayFixture {
    static let options: DispatchOptions = {
        var options = DispatchOptions()
        options.retry = RetryPolicy(firstDelay: .seconds(1), longestDelay: .seconds(8), maximumFailures: 3)
        return options
    }()

    let directory: TemporaryDirectory
    let clock: ManualClock
    let classifier = StubBackend()
    let planning = StubBackend()
    let ledger: SQLLedger
    let triage: TriageService
    let dispatcher: Dispatcher
    let review: ReviewService
    let watch: WorklistWatch
    let health = Health()
    /// The operations of the dispatcher.
    let spans = SpanList()
    /// Free bytes of a disk that takes nothing below 1000, until 2000 are free.
    let free = FreeBytes()

    private let exposition: Metrics

    /// The metrics as they are exported.
    var metricsText: String { exposition.exposition() }

    init(
        _ directory: TemporaryDirectory? = nil, clock: ManualClock = ManualClock(), rules: RoutingRules? = nil
    ) throws {
        let directory = try directory ?? TemporaryDirectory()
        self.directory = directory
        self.clock = clock
        exposition = Metrics()
        let metrics = GatewayMetrics(exposition)
        let changes = ChangeCounter()
        let free = free
        ledger = SQLLedger(
            try LedgerStore.current.database(directory),
            completion: StudyCompletion(quietPeriod: LedgerFixture.quietPeriod)
        ) { notice in
            if notice == .changed { changes.increment() }
            metrics.note(notice)
        }
        let order = WorklistOrder(maximumWait: .seconds(3600))
        let blobs = try BlobStore(directory: directory.path)
        let pools = [
            StubBackend.pool(.classifier, [classifier]),
            StubBackend.pool(.planning, [planning]),
        ]
        dispatcher = Dispatcher(
            ledger: ledger, blobs: blobs, pools: pools, options: Self.options, clock: clock, jitter: { 1 },
            log: Logger(service: "test", sink: { _ in }), metrics: metrics, spans: spans)
        review = ReviewService(ledger: ledger, clock: clock, workArrived: dispatcher.wake)
        watch = WorklistWatch(ledger: ledger, changes: changes, order: order, clock: clock, health: health, limit: 3)
        triage = TriageService(
            submission: Submission(
                ledger: ledger, blobs: blobs, space: DiskSpace(lowWatermark: 1000, highWatermark: 2000) { free.bytes },
                rules: try rules ?? RoutingRules.load(path: nil), clock: clock, readHeader: InstanceHeader.reading),
            ledger: ledger, order: order, clock: clock, metrics: metrics,
            admission: AdmissionQueue(concurrency: 4, queueLimit: 100))
    }

    /// What the pages ask for, of what was submitted.
    var pageData: PageData {
        get throws {
            let pools = [StubBackend.pool(.classifier, [classifier]), StubBackend.pool(.planning, [planning])]
            return PageData(
                heatmaps: HeatmapSource(
                    ledger: ledger, blobs: try BlobStore(directory: directory.path), classifier: pools[0],
                    admission: AdmissionQueue(concurrency: 1, queueLimit: 1)),
                watch: watch,
                statistics: LedgerStatistics(try LedgerStore.current.database(directory)),
                machines: MachineWatch(
                    pools: pools, ledger: ledger, metrics: Metrics(), tls: .init(), clock: clock),
                site: SiteSurvey(
                    ledger: LedgerProbe(try LedgerStore.current.database(directory), isShared: false),
                    space: DiskSpace(lowWatermark: 1000, highWatermark: 2000) { [free] in free.bytes }, pools: pools,
                    destinations: [], tls: .init(), clock: clock),
                clock: clock)
        }
    }

    @discardableResult
    func submit(_ instances: Data..., expected: Int32 = 0) async throws -> [SubmitResult] {
        try await triage.submit(SubmitRequest(instances: instances, expectedInstances: expected)).results
    }

    func study(_ uid: String = "1.2") async throws -> Study {
        try await triage.getStudy(GetStudyRequest(studyInstanceUID: uid)).study ?? Study()
    }
}
