import Foundation
package import Wire

/// How one output of a network becomes a finding.
package struct FindingRule: Equatable, Sendable {
    package let code: String
    package let display: String
    package let codings: [Coding]
    /// Flagged at or above this probability.
    package let threshold: Float
    /// Calibration: probability = sigmoid(`slope` · logit + `offset`) (Platt 1999).
    package let slope: Float
    package let offset: Float
    /// Priority when flagged.
    package let priority: Priority

    package init(
        code: String, display: String, codings: [Coding] = [], threshold: Float, slope: Float, offset: Float,
        priority: Priority
    ) {
        self.code = code
        self.display = display
        self.codings = codings
        self.threshold = threshold
        self.slope = slope
        self.offset = offset
        self.priority = priority
    }

    /// The calibrated probability for a logit of the network.
    package func probability(logit: Float) -> Float {
        1 / (1 + exp(-(slope * logit + offset)))
    }

    /// The finding for a logit of the network.
    package func finding(logit: Float, model: ModelRef) -> Finding {
        let probability = probability(logit: logit)
        let isFlagged = probability >= threshold
        return Finding(
            code: code, display: display, codings: codings, probability: probability, threshold: threshold,
            flagged: isFlagged, priority: isFlagged ? priority : .routine, model: model)
    }
}

extension [Finding] {
    /// In the order of an answer: descending priority, then descending probability, then by code.
    package var inAnswerOrder: [Finding] {
        sorted { first, second in
            let ranks = (first.priority.urgency, second.priority.urgency)
            if ranks.0 != ranks.1 { return ranks.0 > ranks.1 }
            if first.probability != second.probability { return first.probability > second.probability }
            return first.code < second.code
        }
    }
}

extension Priority {
    /// Greater is more urgent.
    fileprivate var urgency: Int {
        switch self {
        case .unspecified, .unrecognized: 0
        case .routine: 1
        case .priority: 2
        case .urgent: 3
        }
    }
}
