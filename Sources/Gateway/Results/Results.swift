import Reporting
import ServiceKit

/// Results out, put together: complete studies → reports → objects and messages on disk → destinations.
package final class Results: Sendable {
    private let outbox: any Outbox
    private let maker: ReportMaker
    private let deliverers: [Deliverer]
    let destinations: [Destination]
    private let metrics: ResultsMetrics
    private let clock: any WallClock
    /// True when no other gateway has this ledger.
    private let isAlone: Bool

    init(
        _ configuration: ResultsConfiguration, ledger: any Ledger & Outbox & InstanceIndexWriter, blobs: BlobStore,
        pictures: AnswerPictures,
        isAlone: Bool, context: ServiceContext, clock: any WallClock
    ) {
        self.isAlone = isAlone
        let metrics = ResultsMetrics(context.metrics)
        let deliverers = configuration.destinations.map { destination in
            Deliverer(
                destination, sender: destination.sender(clock: clock), outbox: ledger, blobs: blobs,
                configuration: configuration, clock: clock, log: context.logger, metrics: metrics)
        }
        let builder = ReportBuilder(
            ledger: ledger, blobs: blobs, pictures: pictures,
            device: ReportingDevice(
                serialNumber: configuration.serialNumber, softwareVersion: ServiceProgram.version,
                root: configuration.root),
            configuration: configuration)
        maker = ReportMaker(
            outbox: ledger, builder: builder, blobs: blobs, ownObjects: OwnObjects(blobs: blobs, index: ledger),
            configuration: configuration, clock: clock, log: context.logger, metrics: metrics,
            deliveriesQueued: { deliverers.forEach { $0.wake() } })
        outbox = ledger
        self.deliverers = deliverers
        self.metrics = metrics
        self.clock = clock
        destinations = configuration.destinations
    }

    /// Tells that a study may have become complete, or that something is to be sent again.
    package func wake() {
        maker.wake()
        deliverers.forEach { $0.wake() }
    }

    /// Takes back what a killed gateway was at, and from now on queues what becomes complete.
    package func prepare() async throws(StorageError) {
        if isAlone { try await outbox.releaseOutbox(at: clock.now) }
        await outbox.reportCompletedStudies()
    }

    /// Works until its task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.maker.run() }
            for deliverer in self.deliverers { group.addTask { await deliverer.run() } }
            group.addTask { await self.showLoad() }
        }
    }

    private func showLoad() async {
        while !Task.isCancelled {
            if let load = try? await outbox.outboxLoad() { metrics.show(load, of: destinations) }
            try? await Task.sleep(for: .seconds(5))
        }
    }
}
