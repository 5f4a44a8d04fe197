import Foundation
import Gateway
import RPC
import ServiceKit
import Testing
import Wire

@Suite(.bothStores) struct DispatcherTests {
    private let fixture: GatewayFixture
    private let down = StubBackend.Behaviour.throwing(RPCStatus(.unavailable, "connection refused"))

    init() throws {
        fixture = try GatewayFixture()
    }

    @Test func `a radiograph is answered and flags its study`() async throws {
        let image = try SampleInstance.radiograph("1.1")
        fixture.classifier.behave(.answers(flagged: ["enlarged_heart"]))
        try await fixture.submit(image, expected: 1)
        await fixture.dispatcher.runDue()
        let study = try await fixture.study()
        #expect(study.state == .complete)
        #expect(study.flagged)
        #expect(study.priority == .priority)
        #expect(study.flaggedFindings == ["enlarged_heart"])
        #expect(study.instances.map(\.state) == [.answered])
        #expect(study.instances.first?.classification?.findings.map(\.code) == ["enlarged_heart"])
        #expect(fixture.classifier.classified == [image: 1])
    }

    @Test func `each attempt at a radiograph is part of its sender's trace`() async throws {
        let sender = TraceContext(isSampled: true)
        try await Trace.$current.withValue(Trace(sender, recorder: fixture.spans)) {
            _ = try await fixture.submit(SampleInstance.radiograph("1.1"), expected: 1)
        }
        fixture.classifier.behave(down)
        await fixture.dispatcher.runDue()
        fixture.classifier.behave(.answers())
        fixture.clock.advance(by: .seconds(8))
        await fixture.dispatcher.runDue()
        let spans = fixture.spans.all
        #expect(Set(spans.map(\.context.traceID)) == [sender.traceID])
        #expect(spans.map(\.name) == ["record", "dispatch", "settle", "dispatch"])
        #expect(spans.filter { $0.name == "dispatch" }.map(\.parent) == [sender.spanID, sender.spanID])
    }

    @Test func `what came without a trace begins one where it is sent`() async throws {
        try await fixture.submit(SampleInstance.radiograph("1.1"), expected: 1)
        await fixture.dispatcher.runDue()
        let dispatch = try #require(fixture.spans.all.first { $0.name == "dispatch" })
        #expect(dispatch.parent == nil)
    }

    @Test func `an ungradable image asks for a human and is never normal`() async throws {
        fixture.classifier.behave(.ungradable)
        try await fixture.submit(SampleInstance.radiograph("1.1"), expected: 1)
        await fixture.dispatcher.runDue()
        let study = try await fixture.study()
        #expect(study.flagged)
        #expect(study.priority == .priority)
        #expect(study.state == .complete)
        #expect(study.reason == "ungradable: blank; complete by expected count")
    }

    @Test func `a refusal is final, visible and asks for a human`() async throws {
        let status = RPCStatus(.failedPrecondition, reason: "NOT_A_CHEST", "not a chest image")
        fixture.classifier.behave(.throwing(status))
        try await fixture.submit(SampleInstance.radiograph("1.1"), expected: 1)
        await fixture.dispatcher.runDue()
        let study = try await fixture.study()
        #expect(study.instances.map(\.state) == [.refused])
        #expect(study.instances.map(\.reason) == ["classifier: NOT_A_CHEST: not a chest image"])
        #expect(study.flagged)
        #expect(study.priority == .priority)
        #expect(fixture.classifier.calls == 1)
    }

    @Test func `a backend that is down leaves the study pending with its reason, however long`() async throws {
        fixture.classifier.behave(down)
        try await fixture.submit(SampleInstance.radiograph("1.1"), expected: 1)
        for _ in 0..<50 {
            await fixture.dispatcher.runDue()
            fixture.clock.advance(by: .seconds(8))
        }
        let pending = try await fixture.study()
        #expect(pending.state == .pending)
        #expect(pending.instances.map(\.state) == [.received])
        #expect(pending.instances.map(\.attempts) == [50])
        #expect(pending.reason.hasPrefix("waiting: classifier: UNAVAILABLE: connection refused"))
        fixture.classifier.behave(.answers())
        await fixture.dispatcher.runDue()
        #expect(try await fixture.study().state == .complete)
    }

    @Test func `attempts lie further and further apart`() async throws {
        fixture.classifier.behave(down)
        try await fixture.submit(SampleInstance.radiograph("1.1"))
        var waits: [Int64] = []
        for _ in 0..<6 {
            await fixture.dispatcher.runDue()
            let next = try #require(try await fixture.study().instances.first?.nextAttemptAtMs)
            waits.append(next - fixture.clock.now.milliseconds)
            fixture.clock.advance(by: .milliseconds(next - fixture.clock.now.milliseconds))
        }
        #expect(waits == [1000, 2000, 4000, 8000, 8000, 8000])
    }

    @Test func `when a backend comes back what waited for it goes at once`() async throws {
        fixture.classifier.behave(down)
        for number in 1...20 { try await fixture.submit(SampleInstance.radiograph("1.\(number)"), expected: 20) }
        await fixture.dispatcher.runDue()
        fixture.clock.advance(by: .milliseconds(500))
        await fixture.dispatcher.runDue()
        try await fixture.submit(SampleInstance.radiograph("1.99"))
        fixture.classifier.behave(.answers())
        await fixture.dispatcher.runDue()
        #expect(try await fixture.study().settledCount == 21)
    }

    @Test func `an image on which the backend fails is given up after the last failure`() async throws {
        fixture.classifier.behave(.throwing(RPCStatus(.internal)))
        try await fixture.submit(SampleInstance.radiograph("1.1"), expected: 1)
        for _ in 0..<10 {
            await fixture.dispatcher.runDue()
            fixture.clock.advance(by: .seconds(8))
        }
        let study = try await fixture.study()
        #expect(study.state == .failed)
        #expect(study.flagged)
        #expect(study.instances.map(\.attempts) == [3])
        #expect(study.instances.map(\.reason) == ["classifier: INTERNAL; gave up after 3 failures"])
    }

    @Test func `an image during which the service goes again and again is given up`() async throws {
        fixture.classifier.behave(.throwing(.connectionLost))
        try await fixture.submit(SampleInstance.radiograph("1.1"), expected: 1)
        for _ in 0..<10 {
            #expect(try await fixture.study().state == .pending)
            await fixture.dispatcher.runDue()
            fixture.clock.advance(by: .seconds(8))
        }
        let study = try await fixture.study()
        #expect(study.state == .failed && study.flagged)
        let reason = try #require(study.instances.first?.reason)
        #expect(reason.contains("the connection was lost while it had the image; gave up after 10 times"))
        #expect(fixture.classifier.calls == 10)
        fixture.classifier.behave(.answers())
        #expect(try await fixture.ledger.retry("1.2", at: fixture.clock.now)?.instances == 1)
        await fixture.dispatcher.runDue()
        #expect(try await fixture.study().state == .complete)
    }

    @Test func `a series is planned as a whole when the study is complete`() async throws {
        let slices = try (1...3).map { try SampleInstance.slice("1.\($0)") }
        for slice in slices { try await fixture.submit(slice) }
        await fixture.dispatcher.runDue()
        #expect(fixture.planning.calls == 0)
        fixture.clock.advance(by: LedgerFixture.quietPeriod)
        await fixture.dispatcher.runDue()
        let study = try await fixture.study()
        #expect(fixture.planning.planned == [slices])
        #expect(study.completedBy == "quiet period")
        #expect(study.state == .complete)
        #expect(study.plans.flatMap(\.planes).map(\.view) == [.shortAxis])
        #expect(study.instances.map(\.state) == [.answered, .answered, .answered])
        #expect(!study.flagged)
    }

    @Test func `a killed gateway's work is done by the next one`() async throws {
        let image = try SampleInstance.radiograph("1.1")
        try await fixture.submit(image, expected: 1)
        _ = try await fixture.ledger.claim(.classifier, limit: 9, leaseDuration: .seconds(60), at: fixture.clock.now)
        let next = try GatewayFixture(fixture.directory, clock: fixture.clock)
        #expect(try await next.ledger.releaseLeases(all: true, at: fixture.clock.now) == 1)
        await next.dispatcher.runDue()
        #expect(next.classifier.classified == [image: 1])
        #expect(try await next.study().state == .complete)
    }

    @Test func `bytes that are gone fail their instance and no other`() async throws {
        try await fixture.submit(SampleInstance.radiograph("1.1"), SampleInstance.radiograph("1.2"), expected: 2)
        let lost = try #require(try await fixture.study().instances.first?.sha256)
        try FileManager.default.removeItem(atPath: fixture.directory.path + "/blobs/\(lost.prefix(2))/\(lost)")
        for _ in 0..<4 {
            await fixture.dispatcher.runDue()
            fixture.clock.advance(by: .seconds(8))
        }
        #expect(try await fixture.study().instances.map(\.state) == [.failed, .answered])
    }
}
