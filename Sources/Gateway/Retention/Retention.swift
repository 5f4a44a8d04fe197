package import ServiceKit

/// Removes what was kept as long as it has to be, and images that no row names.
///
/// Rows go first and files after them: what is killed in between leaves files without a row, which the sweep finds.
package struct Retention: Sendable {
    private let ledger: any Ledger
    private let blobs: BlobStore
    private let policy: RetentionPolicy
    private let clock: any WallClock
    private let log: Logger

    /// How long a file has to have been untouched before it may go: longer than any call between its writing and its row.
    package static let youngestFile = Duration.seconds(6 * 3600)
    private static let pause = Duration.seconds(60)
    private static let sweepPause = Duration.seconds(3600)

    package init(ledger: any Ledger, blobs: BlobStore, policy: RetentionPolicy, clock: any WallClock, log: Logger) {
        self.ledger = ledger
        self.blobs = blobs
        self.policy = policy
        self.clock = clock
        self.log = log
    }

    /// Works until its task is cancelled.
    package func run() async {
        var sweptAt: ContinuousClock.Instant?
        while !Task.isCancelled {
            do {
                try await removeExpired()
                if sweptAt.map({ ContinuousClock.now - $0 >= Self.sweepPause }) ?? true {
                    sweptAt = .now
                    try await sweep()
                }
            } catch {
                log.error("retention failed", ["error": .string("\(error)")])
            }
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// Removes what has been kept long enough.
    ///
    /// - Parameter quiet: a file that somebody has touched since stays for the sweep: it may just have come in again.
    package func removeExpired(untouchedFor quiet: Duration = Self.youngestFile) async throws(StorageError) {
        guard !policy.keepsAll else { return }
        // What is removed is not to come back out of the journal.
        try await blobs.settleJournal()
        try await remove(.images(answered: true), after: policy.images, untouchedFor: quiet)
        try await remove(.images(answered: false), after: policy.refusedImages, untouchedFor: quiet)
        try await remove(.studies, after: policy.results, untouchedFor: quiet)
    }

    private func remove(
        _ removal: Removal, after age: Duration?, untouchedFor quiet: Duration
    ) async throws(StorageError) {
        guard let age else { return }
        while !Task.isCancelled {
            let removed = try await ledger.remove(removal, completedBefore: clock.now - age, limit: 50, at: clock.now)
            guard removed.studies > 0 else { return }
            for digest in removed.digests { try await blobs.remove(digest, untouchedFor: quiet) }
            log.info(
                "studies or images removed", ["studies": .int(removed.studies), "files": .int(removed.digests.count)])
        }
    }

    /// Removes files that no row names and that nobody has touched for a while.
    package func sweep(untouchedFor age: Duration = Self.youngestFile) async throws(StorageError) {
        for folder in 0..<256 {
            let found = try await blobs.digests(in: folder)
            guard !found.isEmpty, !Task.isCancelled else { continue }
            for digest in found.subtracting(try await ledger.named(found)) {
                try await blobs.remove(digest, untouchedFor: age)
            }
        }
    }
}
