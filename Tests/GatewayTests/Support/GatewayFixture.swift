import Foundation
import Gateway
import ServiceKit
import Wire

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

    init(_ directory: TemporaryDirectory? = nil, clock: ManualClock = ManualClock()) throws {
        let directory = try directory ?? TemporaryDirectory()
        self.directory = directory
        self.clock = clock
        ledger = try LedgerFixture.open(directory)
        let blobs = try BlobStore(directory: directory.path)
        let metrics = GatewayMetrics(Metrics())
        let pools = [
            StubBackend.pool(.classifier, [classifier]),
            StubBackend.pool(.planning, [planning]),
        ]
        dispatcher = Dispatcher(
            ledger: ledger, blobs: blobs, pools: pools, options: Self.options, clock: clock, jitter: { 1 },
            log: Logger(service: "test", sink: { _ in }), metrics: metrics)
        triage = TriageService(
            submission: Submission(ledger: ledger, blobs: blobs, clock: clock, readHeader: InstanceHeader.reading),
            ledger: ledger, order: WorklistOrder(maximumWait: .seconds(3600)), clock: clock, metrics: metrics,
            admission: AdmissionQueue(concurrency: 4, queueLimit: 100), workArrived: dispatcher.wake)
    }

    @discardableResult
    func submit(_ instances: Data..., expected: Int32 = 0) async throws -> [SubmitResult] {
        try await triage.submit(SubmitRequest(instances: instances, expectedInstances: expected)).results
    }

    func study(_ uid: String = "1.2") async throws -> Study {
        try await triage.getStudy(GetStudyRequest(studyInstanceUID: uid)).study ?? Study()
    }
}
