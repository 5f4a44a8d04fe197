import Foundation
import Gateway
import RPC
import Testing
import Wire

/// What rules make of live traffic: models, priorities, shadows, holds.
@Suite(.bothStores) struct RoutedWorkTests {
    private func fixture(_ rules: String) throws -> GatewayFixture {
        try GatewayFixture(rules: RoutingRules(json: Data(#"{"rules": [\#(rules)]}"#.utf8)))
    }

    @Test func `a rule names model and priority`() async throws {
        let fixture = try fixture(
            #"{"name": "r", "match": [], "send": "classifier", "model": "chest/2", "priority": "urgent"}"#)
        try await fixture.submit(SampleInstance.radiograph("1.1"), expected: 1)
        let pending = try await fixture.study()
        #expect(pending.priority == .urgent)
        #expect(!pending.flagged)
        #expect(pending.instances.map(\.rule) == ["r"])
        #expect(pending.instances.map(\.model) == ["chest/2"])
        await fixture.dispatcher.runDue()
        #expect(fixture.classifier.models == ["chest/2": 1])
        #expect(try await fixture.study().priority == .urgent, "answers never lower it")
    }

    @Test func `a held instance says why and goes when somebody asks`() async throws {
        let fixture = try fixture(
            #"{"name": "r", "match": [], "send": "classifier", "hold": "wait for {Modality} calibration"}"#)
        try await fixture.submit(SampleInstance.radiograph("1.1"), expected: 1)
        await fixture.dispatcher.runDue()
        let held = try await fixture.study()
        #expect(held.state == .pending)
        #expect(held.instances.map(\.state) == [.held])
        #expect(held.reason.contains("held: wait for DX calibration"))
        #expect(fixture.classifier.calls == 0)
        #expect(try await fixture.review.retry(RetryStudiesRequest(studyInstanceUID: "1.2")).instanceCount == 1)
        await fixture.dispatcher.runDue()
        #expect(try await fixture.study().state == .complete)
    }

    @Test func `a shadow answers beside, changes no flag, and is compared once`() async throws {
        let fixture = try fixture(
            #"{"name": "r", "match": [], "send": "classifier", "shadow": ["next"]}"#)
        fixture.classifier.behave(
            .byModel(["": ["scoliosis", "dense_aorta"], "next": ["scoliosis", "vascular_hila"]]))
        try await fixture.submit(SampleInstance.radiograph("1.1"), expected: 1)
        await fixture.dispatcher.runDue()
        let study = try await fixture.study()
        #expect(study.state == .complete)
        #expect(study.flaggedFindings == ["dense_aorta", "scoliosis"])
        #expect(study.settledCount == 1)
        #expect(fixture.classifier.models == ["": 1, "next": 1])
        let text = fixture.metricsText
        for (finding, outcome) in [
            ("scoliosis", "agree"), ("dense_aorta", "disagree"), ("vascular_hila", "disagree"), ("quality", "agree"),
        ] {
            let labels = #"{model="next",finding="\#(finding)",outcome="\#(outcome)"}"#
            #expect(text.contains("hilum_gateway_shadow_findings_total\(labels) 1"))
        }
    }

    @Test func `a shadow that fails fails nobody else`() async throws {
        let fixture = try fixture(
            #"{"name": "r", "match": [], "send": "classifier", "shadow": ["next"]}"#)
        fixture.classifier.behave(.byModel(["": []]))
        try await fixture.submit(SampleInstance.radiograph("1.1"), expected: 1)
        await fixture.dispatcher.runDue()
        let study = try await fixture.study()
        #expect(study.state == .complete)
        #expect(!study.flagged)
        #expect(study.reason == "complete by expected count")
    }

    @Test func `what a service cannot take for too long is given up, visibly`() async throws {
        let fixture = try fixture(#"{"name": "r", "match": [], "send": "classifier"}"#)
        fixture.classifier.behave(.throwing(RPCStatus(.unavailable, "connection refused")))
        try await fixture.submit(SampleInstance.radiograph("1.1"), expected: 1)
        await fixture.dispatcher.runDue()
        fixture.clock.advance(by: GatewayFixture.options.retry.longestTrouble)
        await fixture.dispatcher.runDue()
        let study = try await fixture.study()
        #expect(study.state == .failed)
        #expect(study.reason.contains("gave up after 2 attempts"))
        #expect(study.flagged)
    }

    @Test func `the explanation is that of the running rules`() async throws {
        let explanation = RouteExplanation(rules: try RoutingRules.load(path: nil))
        let answer = try await explanation.explain(ExplainRouteRequest(instance: SampleInstance.slice("1.1")))
        #expect(answer.rule == "cardiac MR")
        #expect(answer.action == "send")
        #expect(answer.route == "planning")
        #expect(answer.rules.first?.conditions.map(\.holds) == [false, false, true])
        await #expect(throws: RPCStatus.self) {
            try await explanation.explain(ExplainRouteRequest(instance: Data("x".utf8)))
        }
    }
}
