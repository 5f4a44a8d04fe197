/// The book of everything accepted: what came, where it is, and what was answered.
///
/// Each call is one change, on disk when it returns, or made again from the journal should it not get there. Jobs are
/// handed out with leases, so that several dispatchers may share one ledger: whoever lets a lease run out loses the job,
/// and what it brings later is dropped.
package protocol Ledger: Sendable {
    /// Enters instances, all or none, in their order.
    ///
    /// - Parameter expectedCount: instances that each of their studies has in all; 0 means unknown.
    func record(
        _ instances: [NewInstance], expectedCount: Int, at now: Timestamp
    ) async throws(StorageError) -> [RecordOutcome]

    /// As `record`, on the calling thread, which waits for the disk: also for the instances' own bytes.
    func record(
        _ instances: [NewInstance], _ bytes: ArrivingBytes, expectedCount: Int, at now: Timestamp
    ) throws(StorageError) -> [RecordOutcome]

    /// Enters again, as they came, instances that were acknowledged while the journal vouched for their rows; what is
    /// there stays as it is. On disk when this returns.
    ///
    /// - Parameter hasDataSet: as that of `ArrivingBytes`.
    /// - Returns: how many were missing.
    func restore(
        _ instances: [ReturningInstance], hasDataSet: @escaping @Sendable (Int, Digest) -> Bool
    ) throws(StorageError) -> Int

    /// Closes a study because its sender says so; false when there is no such study.
    func completeStudy(_ studyInstanceUID: String, at now: Timestamp) async throws(StorageError) -> Bool

    /// Closes the studies to which nothing was added for the quiet period; returns their number.
    func closeQuietStudies(at now: Timestamp) async throws(StorageError) -> Int

    /// Takes up to `limit` jobs that are due, oldest first.
    func claim(
        _ route: Route, limit: Int, leaseDuration: Duration, at now: Timestamp
    ) async throws(StorageError) -> [Claim]

    /// Keeps what this ledger has claimed and not ended for so long from now on.
    func renewLeases(_ leaseDuration: Duration, at now: Timestamp) async throws(StorageError)

    /// Ends a claimed job; false when the lease was lost or instances came since, and nothing was ended.
    func settle(_ claim: Claim, as settlement: Settlement, at now: Timestamp) async throws(StorageError) -> Bool

    /// Puts a claimed job back; false when the lease was lost.
    func postpone(_ claim: Claim, _ postponement: Postponement, at now: Timestamp) async throws(StorageError) -> Bool

    /// Puts back what was claimed and not ended: by leases that ran out, or, when `all` is true, by anyone. Only a
    /// gateway that is alone with its ledger, at its start, may say `all`. Returns the number of jobs.
    func releaseLeases(all: Bool, at now: Timestamp) async throws(StorageError) -> Int

    /// Makes due at once what only waits for this service to come back; returns the number of jobs.
    func hasten(_ route: Route, at now: Timestamp) async throws(StorageError) -> Int

    /// When, after `moment`, the next job becomes due, study closes or lease runs out; nil when nothing will.
    func nextEvent(after moment: Timestamp) async throws(StorageError) -> Timestamp?

    /// One study with instances and answers; nil when it is not held.
    func study(_ studyInstanceUID: String) async throws(StorageError) -> StudyRecord?

    /// A page of the worklist in `order`, after `cursor`, only of one stage where it is given. What was reviewed as a
    /// whole is left out unless `includesReviewed`.
    func worklist(
        _ order: WorklistOrder, stage: StudyStage?, includesReviewed: Bool, after cursor: WorklistCursor?, limit: Int,
        at now: Timestamp
    ) async throws(StorageError) -> WorklistPage

    /// Does what a reader asks, or says why not.
    func review(
        _ studyInstanceUID: String, _ deed: ReviewDeed, at now: Timestamp
    ) async throws(StorageError) -> ReviewOutcome

    /// The last change that was written.
    func latestChange() async throws(StorageError) -> ResumeToken

    /// Studies that changed after this number, in the order of their last change.
    func changes(after change: Int64, limit: Int) async throws(StorageError) -> [StudyChange]

    /// Sends again what was given up, of one study or, for nil, of all; nil when there is no such study.
    func retry(_ studyInstanceUID: String?, at now: Timestamp) async throws(StorageError) -> RetryCount?

    /// Removes what is complete since before a moment, of at most so many studies; the files are the caller's to remove.
    func remove(
        _ removal: Removal, completedBefore limit: Timestamp, limit count: Int, at now: Timestamp
    ) async throws(StorageError) -> RemovedStudies

    /// Those of the digests that an instance with an image has.
    func named(_ digests: Set<Digest>) async throws(StorageError) -> Set<Digest>

    /// How much is still to be done.
    func load() async throws(StorageError) -> LedgerLoad
}
