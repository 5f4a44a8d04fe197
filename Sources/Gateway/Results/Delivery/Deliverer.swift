import Foundation
import ServiceKit

/// Sends what waits for one destination, several studies at a time and each study in order.
///
/// While the destination does not answer, one attempt after another is made with growing pauses, whatever waits; what
/// it refuses is given up after a few times and becomes a dead letter.
package actor Deliverer {
    private static let concurrency = 4

    private let destination: Destination
    private let outbox: any Outbox
    private let blobs: BlobStore
    private let configuration: ResultsConfiguration
    private let sender: any ResultSender
    private let clock: any WallClock
    private let log: Logger
    private let metrics: ResultsMetrics
    private let signal = WakeSignal()
    /// Attempts in a row that reached nobody.
    private var silence = 0

    init(
        _ destination: Destination, sender: any ResultSender, outbox: any Outbox, blobs: BlobStore,
        configuration: ResultsConfiguration, clock: any WallClock, log: Logger, metrics: ResultsMetrics
    ) {
        self.destination = destination
        self.sender = sender
        self.outbox = outbox
        self.blobs = blobs
        self.configuration = configuration
        self.clock = clock
        self.log = log
        self.metrics = metrics
    }

    /// Tells the loop that something may be due.
    package nonisolated func wake() {
        signal.wake()
    }

    /// Works until its task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            let claims = await claims()
            await withDiscardingTaskGroup { group in
                for claim in claims { group.addTask { await self.deliver(claim) } }
            }
            if silence > 0, !claims.isEmpty {
                try? await Task.sleep(for: configuration.retry.delay(afterAttempt: silence, jitter: 1))
            } else if claims.isEmpty {
                await signal.sleep(atMost: .seconds(1))
            }
        }
    }

    private func claims() async -> [DeliveryClaim] {
        do throws(StorageError) {
            // Longer than a delivery may take, so that only a dead gateway loses one.
            let lease = destination.timeout * 2 + .seconds(30)
            return try await outbox.claimDeliveries(
                to: destination.name, limit: silence > 0 ? 1 : Self.concurrency, leaseDuration: lease, at: clock.now)
        } catch {
            log.error("ledger failed", ["error": .string("\(error)")])
            return []
        }
    }

    private func deliver(_ claim: DeliveryClaim) async {
        let started = ContinuousClock.now
        do throws(StorageError) {
            let verdict = await sender.send(try await blobs.bytes(of: claim.digest), subject: claim.subject)
            metrics.seconds.observe(ContinuousClock.now - started, destination.name)
            if case .unreachable = verdict { silence += 1 } else { silence = 0 }
            let (outcome, name) = outcome(verdict, of: claim)
            _ = try await outbox.settleDelivery(claim, as: outcome, at: clock.now)
            metrics.deliveries.increment(destination.name, name)
            if name != "sent" {
                log.warning(
                    "result not delivered",
                    [
                        "destination": .string(destination.name), "delivery": .int(Int(claim.id)),
                        "outcome": .string(name), "attempts": .int(claim.attempts),
                    ])
            }
        } catch {
            // It stays claimed and is sent again when its lease runs out.
            log.error("store failed", ["error": .string("\(error)"), "delivery": .int(Int(claim.id))])
        }
    }

    private func outcome(
        _ verdict: DeliveryVerdict, of claim: DeliveryClaim
    ) -> (DeliveryOutcome, name: String) {
        let now = clock.now
        let retry = configuration.retry
        switch verdict {
        case .taken:
            return (.sent, "sent")
        case .committing(let transaction):
            return (.awaitingCommitment(transactionUID: transaction), "sent")
        case .unreachable(let reason):
            if now - claim.firstAttemptAt >= configuration.giveUpAfter {
                return (.failed(reason: "\(reason); gave up after \(claim.attempts) attempts"), "failed")
            }
            // The destination's own pause is the back-off; this only keeps its place in the queue.
            return (.postponed(until: now, reason: reason, isRefusal: false), "unreachable")
        case .refused(let reason):
            if retry.givesUp(afterFailures: claim.failures + 1) {
                return (.failed(reason: "\(reason); gave up after \(claim.failures + 1) refusals"), "failed")
            }
            let delay = retry.delay(afterAttempt: claim.failures + 1, jitter: 1)
            return (.postponed(until: now + delay, reason: reason, isRefusal: true), "refused")
        }
    }
}
