/// What statistics keep of one answer of the classifier.
package struct AnswerFigures: Sendable, Hashable {
    package struct Finding: Sendable, Hashable {
        package let code: String
        /// The probability, 0 to 1000.
        package let permille: Int
        package let isFlagged: Bool

        package init(code: String, probability: Double, isFlagged: Bool) {
            self.code = code
            permille = probability.isFinite ? Int((min(1, max(0, probability)) * 1000).rounded()) : 0
            self.isFlagged = isFlagged
        }
    }

    package struct Gate: Sendable, Hashable {
        package let name: String
        package let isPassed: Bool

        package init(name: String, isPassed: Bool) {
            self.name = name
            self.isPassed = isPassed
        }
    }

    package let findings: [Finding]
    package let gates: [Gate]

    package static let none = AnswerFigures(findings: [], gates: [])

    package init(findings: [Finding], gates: [Gate]) {
        self.findings = findings
        self.gates = gates
    }
}
