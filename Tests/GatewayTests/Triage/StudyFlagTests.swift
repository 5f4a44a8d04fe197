import Gateway
import Testing

@Suite struct StudyFlagTests {
    private static let codes = ["scoliosis", "dense_aorta", "enlarged_heart", "vascular_hila"]

    private static func random(_ generator: inout SeededGenerator) -> StudyFlag {
        if Int.random(in: 0..<5, using: &generator) == 0 { return .needsHuman }
        let findings = (0..<Int.random(in: 0..<4, using: &generator)).map { _ in
            StudyFlag.Finding(
                code: codes.randomElement(using: &generator) ?? "",
                priority: TriagePriority.allCases.randomElement(using: &generator) ?? .routine)
        }
        return StudyFlag(findings: findings)
    }

    @Test func `the flag is the highest of the flagged findings`() {
        let flag = StudyFlag(findings: [
            .init(code: "scoliosis", priority: .routine), .init(code: "enlarged_heart", priority: .priority),
        ])
        #expect(flag.priority == .priority)
        #expect(flag.isFlagged)
        #expect(flag.findings.map(\.code) == ["enlarged_heart", "scoliosis"])
    }

    @Test func `no flagged finding is no flag`() {
        #expect(StudyFlag(findings: []) == .none)
        #expect(!StudyFlag.none.isFlagged)
    }

    @Test func `an image that needs a human comes before routine work`() {
        #expect(StudyFlag.needsHuman.priority > .routine)
        #expect(StudyFlag.needsHuman.isFlagged)
    }

    @Test(arguments: 0..<50)
    func `raising never lowers, in either order, and twice is once`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let (one, other) = (Self.random(&generator), Self.random(&generator))
        let both = one.raised(by: other)
        #expect(both.priority == max(one.priority, other.priority))
        #expect(both.isFlagged == (one.isFlagged || other.isFlagged))
        #expect(both == other.raised(by: one))
        #expect(both.raised(by: other) == both)
        #expect(one.raised(by: .none) == one)
    }

    @Test(arguments: 0..<50)
    func `the stored form is read back`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let flag = Self.random(&generator).raised(by: Self.random(&generator))
        #expect(StudyFlag(stored: flag.stored) == flag)
    }

    @Test(arguments: ["", "1", "9 1 ", "1 1 scoliosis", "1 1 scoliosis:9", "x y z"])
    func `another text is not a flag`(text: String) {
        #expect(StudyFlag(stored: text) == nil)
    }
}
