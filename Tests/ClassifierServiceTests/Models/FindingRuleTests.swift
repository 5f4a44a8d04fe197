import ClassifierService
import Testing
import Wire

private func rule(threshold: Float = 0.5, slope: Float = 1, offset: Float = 0, priority: Priority = .priority)
    -> FindingRule
{
    FindingRule(
        code: "scoliosis", display: "Scoliosis", threshold: threshold, slope: slope, offset: offset, priority: priority)
}

private let model = ModelRef(name: "chest-xray", version: "1")

@Suite struct FindingRuleTests {
    @Test(arguments: [
        (Float(0), Float(1), Float(0), Float(0.5)), (2, 1.5, -1, 0.880797), (-3, 0.5, 0.2, 0.214165),
    ])
    func `probability is the calibrated sigmoid of the logit`(
        logit: Float, slope: Float, offset: Float, expected: Float
    ) {
        let finding = rule(slope: slope, offset: offset).finding(logit: logit, model: model)
        #expect(abs(finding.probability - expected) < 1e-5)
        #expect(finding.model == model)
    }

    @Test(arguments: [Float(-200), 200])
    func `a logit far out gives 0 or 1 and nothing else`(logit: Float) {
        let probability = rule().finding(logit: logit, model: model).probability
        #expect(probability == (logit > 0 ? 1 : 0))
    }

    @Test func `a finding is flagged at its threshold, and only then has its priority`() {
        let at = rule(threshold: 0.5).finding(logit: 0, model: model)
        #expect(at.flagged && at.priority == .priority)
        let below = rule(threshold: 0.5001).finding(logit: 0, model: model)
        #expect(!below.flagged && below.priority == .routine)
    }

    @Test func `findings come by priority, then probability, then code`() {
        func finding(_ code: String, _ probability: Float, _ priority: Priority) -> Finding {
            Finding(code: code, probability: probability, priority: priority)
        }
        let ordered = [
            finding("b", 0.2, .routine), finding("a", 0.2, .routine), finding("c", 0.9, .routine),
            finding("d", 0.1, .urgent), finding("e", 0.3, .priority), finding("f", 0.99, .unspecified),
        ].inAnswerOrder
        #expect(ordered.map(\.code) == ["d", "e", "c", "a", "b", "f"])
    }
}
