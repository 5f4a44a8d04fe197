/// What completed studies have still to be reported as, and what has still to be sent where: part of the ledger.
///
/// A study's report is queued by the transaction that completes it, so that none is missed; making the report queues
/// its deliveries in one transaction. Work is claimed with a lease and comes back when that runs out.
package protocol Outbox: Sendable {
    /// From now on, studies are queued to be reported when they become complete.
    func reportCompletedStudies() async

    /// Takes the report that is due longest.
    func claimReport(leaseDuration: Duration, at now: Timestamp) async throws(StorageError) -> ReportClaim?

    /// Ends a claimed report: keeps its objects and queues its deliveries, each only once. Messages of an earlier
    /// version that were not sent yet are superseded. False when the lease was lost or the study changed meanwhile.
    func finishReport(
        _ claim: ReportClaim, objects: [HeldResult], deliveries: [NewDelivery], at now: Timestamp
    ) async throws(StorageError) -> Bool

    /// Puts a claimed report back until `until`; nil: until the study becomes complete again.
    func postponeReport(
        _ claim: ReportClaim, until: Timestamp?, reason: String, at now: Timestamp
    ) async throws(StorageError)

    /// Takes deliveries to one destination that are due, oldest first; of each study only the first that waits.
    func claimDeliveries(
        to destination: String, limit: Int, leaseDuration: Duration, at now: Timestamp
    ) async throws(StorageError) -> [DeliveryClaim]

    /// Ends a claimed delivery or puts it back; false when the lease was lost.
    func settleDelivery(
        _ claim: DeliveryClaim, as outcome: DeliveryOutcome, at now: Timestamp
    ) async throws(StorageError) -> Bool

    /// Writes down what a destination said of an object that it was asked to keep for good: it is kept, or it becomes a
    /// dead letter with the reason.
    func noteCommitment(
        transactionUID: String, failure: String?, at now: Timestamp
    ) async throws(StorageError)

    /// Makes due what was claimed and not ended. Only a gateway that is alone with its ledger, at its start, may; where
    /// several share one, leases run out.
    func releaseOutbox(at now: Timestamp) async throws(StorageError)

    /// The objects held of a study, the oldest first.
    func results(of studyInstanceUID: String) async throws(StorageError) -> [HeldResult]

    /// How many deliveries wait, and how many were given up, by destination.
    func outboxLoad() async throws(StorageError) -> [OutboxLoad]
}
