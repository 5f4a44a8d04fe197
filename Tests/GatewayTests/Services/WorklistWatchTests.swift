import Foundation
import Gateway
import RPC
import ServiceKit
import Testing
import Wire

@Suite(.bothStores) struct WorklistWatchTests {
    private let fixture: GatewayFixture

    init() throws {
        fixture = try GatewayFixture()
    }

    private func submit(_ study: Int) async throws {
        try await fixture.submit(SampleInstance.radiograph("1.\(study)", study: "2.\(study)"), expected: 1)
    }

    private func token(_ fixture: GatewayFixture) async throws -> String {
        try await fixture.triage.listWorklist(ListWorklistRequest()).resumeToken
    }

    private func reason(_ call: () async throws -> some Any) async -> String? {
        do {
            _ = try await call()
            return nil
        } catch {
            return RPCStatus(mapping: error).errorInfo?.reason
        }
    }

    @Test func `each change comes once, as the study is then`() async throws {
        try await submit(1)
        var changes = try await fixture.watch.watch(WatchWorklistRequest()).makeAsyncIterator()
        let submitting = Task { [fixture] in
            try await fixture.submit(SampleInstance.radiograph("1.2", study: "2.2"), expected: 1)
        }
        let event = try await changes.next()
        #expect(event?.entry?.study?.studyInstanceUID == "2.2")
        #expect(event?.entry?.study?.state == .pending)
        _ = try await submitting.value
        await fixture.dispatcher.runDue()
        let states = [try await changes.next(), try await changes.next()].compactMap { $0?.entry?.study }
        #expect(Set(states.map(\.studyInstanceUID)) == ["2.1", "2.2"])
        #expect(states.map(\.state) == [.complete, .complete])
    }

    @Test func `a token goes on where it was, also after a restart, and misses nothing`() async throws {
        let start = try await token(fixture)
        for number in 1...5 { try await submit(number) }
        var changes = try await fixture.watch.watch(WatchWorklistRequest(resumeToken: start)).makeAsyncIterator()
        let first = try #require(try await changes.next())
        #expect(first.entry?.study?.studyInstanceUID == "2.1")
        let restarted = try GatewayFixture(fixture.directory, clock: fixture.clock)
        var later = try await restarted.watch.watch(WatchWorklistRequest(resumeToken: first.resumeToken))
            .makeAsyncIterator()
        for number in 2...5 {
            #expect(try await later.next()?.entry?.study?.studyInstanceUID == "2.\(number)")
        }
    }

    @Test func `who falls behind gets each study once, as it is by then`() async throws {
        let start = try await token(fixture)
        try await submit(1)
        fixture.classifier.behave(.answers(flagged: ["scoliosis"]))
        await fixture.dispatcher.runDue()
        try await submit(2)
        var changes = try await fixture.watch.watch(WatchWorklistRequest(resumeToken: start)).makeAsyncIterator()
        let first = try await changes.next()?.entry?.study
        #expect(first?.studyInstanceUID == "2.1")
        #expect(first?.flaggedFindings == ["scoliosis"])
        #expect(try await changes.next()?.entry?.study?.studyInstanceUID == "2.2")
    }

    @Test func `a token of another ledger or from its future is refused`() async throws {
        let other = try GatewayFixture()
        let foreign = try await token(other)
        let own = try #require(ResumeToken(text: try await token(fixture)))
        let ahead = ResumeToken(ledger: own.ledger, change: own.change + 1).text
        for text in ["x", foreign, ahead] {
            let request = WatchWorklistRequest(resumeToken: text)
            #expect(await reason { try await fixture.watch.watch(request) } == "FOREIGN_RESUME_TOKEN")
        }
    }

    @Test func `places are limited and given back`() async throws {
        var held = try await [
            fixture.watch.watch(WatchWorklistRequest()), fixture.watch.watch(WatchWorklistRequest()),
            fixture.watch.watch(WatchWorklistRequest()),
        ]
        #expect(await reason { try await fixture.watch.watch(WatchWorklistRequest()) } == "TOO_MANY_WATCHERS")
        #expect(held.count == 3)
        held.removeAll()
        #expect(await reason { try await fixture.watch.watch(WatchWorklistRequest()) } == nil)
    }

    @Test func `a gateway that ends says so to who watches`() async throws {
        var changes = try await fixture.watch.watch(WatchWorklistRequest()).makeAsyncIterator()
        fixture.health.set(.draining)
        #expect(await reason { try await changes.next() } == "ENDING")
    }
}
