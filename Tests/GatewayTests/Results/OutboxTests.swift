import Foundation
import Gateway
import Reporting
import Testing

@Suite struct OutboxTests {
    private let fixture: LedgerFixture
    private var outbox: any Outbox { fixture.ledger }

    init() async throws {
        fixture = try LedgerFixture()
        await fixture.ledger.reportCompletedStudies()
    }

    private func complete(_ uid: String = "1.1") async throws {
        try await fixture.record(.sample(uid), expectedCount: 1)
        for claim in try await fixture.claim() { #expect(try await fixture.settle(claim)) }
    }

    private func report() async throws -> ReportClaim? {
        try await outbox.claimReport(leaseDuration: .seconds(60), at: fixture.clock.now)
    }

    private func object(_ uid: String, version: Int = 1, bytes: String? = nil) throws -> HeldResult {
        HeldResult(
            kind: .structuredReport, version: version, seriesInstanceUID: "2.25.1", sopClassUID: "1.2.840",
            sopInstanceUID: uid, modality: "SR", digest: try Digest(of: Data((bytes ?? uid).utf8)), byteCount: 4)
    }

    private func finish(_ claim: ReportClaim, _ objects: HeldResult...) async throws -> Bool {
        let message = try Digest(of: Data("message \(claim.version)".utf8))
        return try await outbox.finishReport(
            claim, objects: objects,
            deliveries: objects.map {
                NewDelivery(destination: "archive", payload: .object(sopInstanceUID: $0.sopInstanceUID))
            }
                + [NewDelivery(destination: "ris", payload: .message(message))], at: fixture.clock.now)
    }

    private func due(_ destination: String = "archive") async throws -> [DeliveryClaim] {
        try await outbox.claimDeliveries(
            to: destination, limit: 10, leaseDuration: .seconds(60), at: fixture.clock.now)
    }

    private func reason() async throws -> String {
        try #require(try await fixture.ledger.study("1.2")).summary.reason
    }

    @Test func `a study is due to be reported when it is complete, and once`() async throws {
        try await fixture.record(.sample("1.1"), expectedCount: 1)
        #expect(try await report() == nil)
        for claim in try await fixture.claim() { #expect(try await fixture.settle(claim)) }
        let claim = try #require(try await report())
        #expect(claim.studyInstanceUID == "1.2" && claim.version == 1 && claim.predecessor == nil)
        #expect(try await report() == nil)
        #expect(try await finish(claim, object("2.25.7")))
        #expect(try await !finish(claim, object("2.25.7")))
        fixture.clock.advance(by: .seconds(1000))
        #expect(try await report() == nil)
    }

    @Test func `a report whose maker died is due again`() async throws {
        try await complete()
        let lost = try #require(try await report())
        fixture.clock.advance(by: .seconds(61))
        let second = try #require(try await report())
        #expect(try await !finish(lost, object("2.25.7")))
        #expect(try await finish(second, object("2.25.7")))
    }

    @Test func `a study that grew is reported anew, and names what it replaces`() async throws {
        try await complete()
        #expect(try await finish(try #require(try await report()), object("2.25.7")))
        try await complete("1.9")
        let claim = try #require(try await report())
        #expect(claim.version == 2)
        #expect(claim.predecessor?.sopInstanceUID == "2.25.7")
        // The message of the first version was not sent yet: the second says all that it did.
        #expect(try await finish(claim, object("2.25.8", version: 2)))
        let messages = try await due("ris")
        #expect(messages.map(\.digest) == [try Digest(of: Data("message 2".utf8))])
        #expect(try await outbox.results(of: "1.2").map(\.sopInstanceUID) == ["2.25.7", "2.25.8"])
    }

    @Test func `an object keeps its bytes, and is sent once`() async throws {
        try await complete()
        #expect(try await finish(try #require(try await report()), object("2.25.7", bytes: "first")))
        let sent = try #require(try await due().first)
        #expect(try await outbox.settleDelivery(sent, as: .sent, at: fixture.clock.now))
        try await complete("1.9")
        #expect(try await finish(try #require(try await report()), object("2.25.7", bytes: "second")))
        #expect(try await outbox.results(of: "1.2").map(\.digest) == [try Digest(of: Data("first".utf8))])
        #expect(try await due().isEmpty)
    }

    @Test func `each study is sent in order`() async throws {
        try await complete()
        #expect(try await finish(try #require(try await report()), object("2.25.7"), object("2.25.8")))
        let first = try await due()
        #expect(first.map(\.subject) == ["2.25.7"])
        let later = fixture.clock.now + .seconds(5)
        #expect(
            try await outbox.settleDelivery(
                first[0], as: .postponed(until: later, reason: "HTTP 503", isRefusal: false), at: fixture.clock.now))
        #expect(try await due().isEmpty)
        #expect(try await reason().contains("results wait for archive: HTTP 503"))
        fixture.clock.advance(by: .seconds(5))
        let again = try await due()
        #expect(again.map(\.subject) == ["2.25.7"] && again[0].attempts == 2)
        #expect(try await outbox.settleDelivery(again[0], as: .sent, at: fixture.clock.now))
        #expect(try await due().map(\.subject) == ["2.25.8"])
        #expect(try await !reason().contains("archive"))
    }

    @Test func `what was given up is shown, and sent again on demand`() async throws {
        try await complete()
        #expect(try await finish(try #require(try await report()), object("2.25.7")))
        let claim = try #require(try await due().first)
        #expect(try await outbox.settleDelivery(claim, as: .failed(reason: "HTTP 400"), at: fixture.clock.now))
        #expect(try await !outbox.settleDelivery(claim, as: .sent, at: fixture.clock.now))
        #expect(try await reason().contains("results were not taken by archive: HTTP 400"))
        #expect(try await outbox.outboxLoad().first { $0.destination == "archive" }?.failed == 1)
        #expect(try await fixture.ledger.retry("1.2", at: fixture.clock.now)?.studies == 1)
        #expect(try await due().map(\.subject) == ["2.25.7"])
    }

    @Test func `what a killed gateway was at is due at its start`() async throws {
        try await complete()
        #expect(try await finish(try #require(try await report()), object("2.25.7")))
        #expect(try await due().count == 1)
        #expect(try await due().isEmpty)
        try await outbox.releaseOutbox(at: fixture.clock.now)
        #expect(try await due().count == 1)
    }

    /// A delivery after which the archive is still to say whether it keeps the object.
    private func awaited(_ transaction: String) async throws {
        try await complete()
        #expect(try await finish(try #require(try await report()), object("2.25.7")))
        let claim = try #require(try await due().first)
        #expect(
            try await outbox.settleDelivery(
                claim, as: .awaitingCommitment(transactionUID: transaction), at: fixture.clock.now))
    }

    @Test(arguments: [true, false])
    func `an archive that says later that it does not keep an object makes it a dead letter`(
        comesEarly: Bool
    ) async throws {
        func refuse() async throws {
            try await outbox.noteCommitment(
                transactionUID: "2.25.99", failure: "it does not commit itself, reason 0110", at: fixture.clock.now)
        }
        if comesEarly { try await refuse() }
        try await awaited("2.25.99")
        if !comesEarly { try await refuse() }
        #expect(
            try await reason().contains("results were not taken by archive: it does not commit itself, reason 0110"))
        #expect(try await outbox.outboxLoad().first { $0.destination == "archive" }?.failed == 1)
        #expect(try await fixture.ledger.retry("1.2", at: fixture.clock.now)?.studies == 1)
        #expect(try await due().map(\.subject) == ["2.25.7"])
    }

    @Test func `what an archive keeps is done, and what strangers report changes nothing`() async throws {
        try await awaited("2.25.99")
        try await outbox.noteCommitment(transactionUID: "2.25.1", failure: "reason 0110", at: fixture.clock.now)
        try await outbox.noteCommitment(transactionUID: "2.25.99", failure: nil, at: fixture.clock.now)
        try await outbox.noteCommitment(transactionUID: "2.25.99", failure: "reason 0110", at: fixture.clock.now)
        #expect(try await !reason().contains("archive"))
        #expect(try await due().isEmpty)
    }
}
