import Foundation
import Reporting
import ServiceKit

/// Makes the reports that are due, one after the other: objects and messages on disk, then one transaction that keeps
/// the objects and queues the deliveries.
package actor ReportMaker {
    private static let leaseDuration = Duration.seconds(600)

    private let outbox: any Outbox
    private let builder: ReportBuilder
    private let blobs: BlobStore
    private let ownObjects: OwnObjects
    private let configuration: ResultsConfiguration
    private let clock: any WallClock
    private let log: Logger
    private let metrics: ResultsMetrics
    private let signal = WakeSignal()
    private let delivered: @Sendable () -> Void

    /// - Parameters:
    ///   - ownObjects: shows the objects to those who search and retrieve.
    ///   - deliveriesQueued: called when there is something to be sent.
    init(
        outbox: any Outbox, builder: ReportBuilder, blobs: BlobStore, ownObjects: OwnObjects,
        configuration: ResultsConfiguration,
        clock: any WallClock, log: Logger, metrics: ResultsMetrics, deliveriesQueued: @escaping @Sendable () -> Void
    ) {
        self.outbox = outbox
        self.builder = builder
        self.blobs = blobs
        self.ownObjects = ownObjects
        self.configuration = configuration
        self.clock = clock
        self.log = log
        self.metrics = metrics
        delivered = deliveriesQueued
    }

    /// Tells the loop that a study may have become complete.
    package nonisolated func wake() {
        signal.wake()
    }

    /// Works until its task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            do throws(StorageError) {
                if let claim = try await outbox.claimReport(leaseDuration: Self.leaseDuration, at: clock.now) {
                    try await make(claim)
                    continue
                }
            } catch {
                log.error("ledger failed", ["error": .string("\(error)")])
            }
            await signal.sleep(atMost: .seconds(1))
        }
    }

    private func make(_ claim: ReportClaim) async throws(StorageError) {
        do throws(ReportFailure) {
            let report = try await builder.build(claim)
            try await finish(report, of: claim)
            metrics.reports.increment("made")
        } catch {
            switch error {
            case .studyChanged:
                try await outbox.postponeReport(claim, until: nil, reason: "", at: clock.now)
            case .trouble(let reason):
                try await postpone(claim, reason)
            case .impossible(let reason):
                log.error("report cannot be made", ["study": .int(Int(claim.study)), "error": .string(reason)])
                try await postpone(claim, "the report cannot be made")
            }
        }
    }

    private func postpone(_ claim: ReportClaim, _ reason: String) async throws(StorageError) {
        metrics.reports.increment("postponed")
        let delay = configuration.retry.delay(afterAttempt: claim.attempts, jitter: 1)
        let until = Task.isCancelled ? clock.now : clock.now + delay
        try await outbox.postponeReport(claim, until: until, reason: reason, at: clock.now)
    }

    private func finish(_ report: ReportBuilder.Report, of claim: ReportClaim) async throws(ReportFailure) {
        do throws(StorageError) {
            var held: [HeldResult] = []
            var deliveries: [NewDelivery] = []
            try await ownObjects.store(report.objects.map(\.bytes))
            for object in report.objects {
                let blob = try Blob(object.bytes)
                held.append(HeldResult(object, blob, version: claim.version))
                for destination in configuration.destinations where destination.objects.contains(object.kind) {
                    deliveries.append(
                        NewDelivery(
                            destination: destination.name,
                            payload: .object(sopInstanceUID: object.reference.sopInstanceUID)))
                }
            }
            for message in report.messages {
                let blob = try Blob(message.bytes)
                try await blobs.store([blob])
                deliveries.append(NewDelivery(destination: message.destination, payload: .message(blob.digest)))
            }
            if try await outbox.finishReport(claim, objects: held, deliveries: deliveries, at: clock.now) {
                delivered()
            }
        } catch {
            throw .trouble("the store fails: \(error)")
        }
    }
}

extension HeldResult {
    fileprivate init(_ object: ResultObject, _ blob: Blob, version: Int) {
        self.init(
            kind: object.kind, version: version, seriesInstanceUID: object.reference.seriesInstanceUID,
            sopClassUID: object.reference.sopClassUID, sopInstanceUID: object.reference.sopInstanceUID,
            modality: object.reference.modality, digest: blob.digest, byteCount: blob.bytes.count)
    }
}
