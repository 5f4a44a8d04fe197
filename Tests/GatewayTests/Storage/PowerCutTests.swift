import Foundation
import Gateway
import ServiceKit
import Testing

/// A power cut is played: the journal is there, the ledger as it was at a sync of its own, and no file of a blob.
@Suite struct PowerCutTests {
    private let site: PowerCutSite

    init() async throws {
        site = try PowerCutSite()
        try await site.beginJournal()
    }

    private struct Arrival {
        let bytes: Data
        var source = InstanceSource.rpc(peer: "192.0.2.1")
        var expected = 0
        /// It is there already.
        var isDuplicate = false
    }

    /// What comes in, one after the other, in ways that differ in what the ledger has to know.
    private func arrivals() throws -> [Arrival] {
        let (slice, image) = (
            try SampleInstance.slice("1.1", study: "1"), try SampleInstance.radiograph("2.1", study: "2")
        )
        return [
            Arrival(bytes: slice, source: .dicom(callingAETitle: "MR ONE", peer: "192.0.2.7")),
            Arrival(bytes: try SampleInstance.slice("1.2", study: "1"), source: .stow(peer: "2001:db8::1")),
            Arrival(bytes: image, expected: 3),
            Arrival(bytes: try SampleInstance.repacked(image), isDuplicate: true),
            Arrival(bytes: try SampleInstance.radiograph("2.1", study: "2", comment: "other bytes")),
            Arrival(bytes: slice, isDuplicate: true),
            Arrival(bytes: try SampleInstance.radiograph("3.1", study: "3", modality: "XX")),
        ]
    }

    @Test(arguments: [0, 2, 3, 5, 7])
    func `what was acknowledged is there again, as it was, wherever the ledger was cut`(synced: Int) async throws {
        let arrivals = try arrivals()
        var cut = try site.ledgerOnDisk()
        for (number, arrival) in arrivals.enumerated() {
            site.clock.advance(by: .seconds(1))
            try site.take(arrival.bytes, from: arrival.source, expecting: arrival.expected)
            if number + 1 == synced { cut = try site.ledgerOnDisk() }
        }
        try site.leaveJournal(in: cut)

        let found = try PowerCutSite(cut, clock: site.clock)
        #expect(found.restored == arrivals.dropFirst(synced).filter { !$0.isDuplicate }.count)
        for study in ["1", "2", "3", "9"] {
            let was = try #require(try await site.ledger.study(study))
            #expect(try await found.ledger.study(study) == was)
        }
        for study in ["1", "2", "3"] {
            for instance in try #require(try await found.ledger.study(study)).instances {
                #expect(try found.blobs.mapped(instance.digest) == site.blobs.mapped(instance.digest))
            }
        }
        #expect(try await found.ledger.load() == site.ledger.load())
        // Whoever watches hears of it, whatever he was told before.
        #expect(try await found.ledger.latestChange().change > site.ledger.latestChange().change)

        // Once more, as after a cut in the middle of it.
        try site.leaveJournal(in: cut)
        #expect(try PowerCutSite(cut, clock: site.clock).restored == 0)
    }

    @Test func `a study that was removed does not come back out of the journal`() async throws {
        let (ledger, clock) = (site.ledger, site.clock)
        for claim in try await ledger.claim(.classifier, limit: 100, leaseDuration: .seconds(9), at: clock.now) {
            let answer = Settlement.answered(answer: Data([1]), flag: .none, reason: "")
            #expect(try await ledger.settle(claim, as: answer, at: clock.now))
        }
        #expect(try await ledger.completeStudy("9", at: clock.now))
        clock.advance(by: .seconds(3600))
        try await Retention(
            ledger: ledger, blobs: site.blobs, policy: RetentionPolicy(results: .seconds(60)), clock: clock,
            log: Logger(service: "test", sink: { _ in })
        ).removeExpired()
        #expect(try await ledger.study("9") == nil)

        let cut = try site.ledgerOnDisk()
        try site.leaveJournal(in: cut)
        let found = try PowerCutSite(cut, clock: clock)
        #expect(found.restored == 0)
        #expect(try await found.ledger.study("9") == nil)
    }
}
