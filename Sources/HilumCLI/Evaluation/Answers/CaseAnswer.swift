/// What a service said of a case: a line of `answers.jsonl`.
package struct CaseAnswer: Codable, Equatable, Sendable {
    package enum Outcome: String, Codable, Sendable {
        case answered
        /// Said why there is no answer.
        case refused
        /// Neither: an error of the service, or none in time.
        case failed
    }

    package let id: String
    package let outcome: Outcome
    /// Of what was refused or failed, in the words of the service.
    package var reason: String?
    package var models: [Model] = []
    /// By code.
    package var findings: [String: Finding]?
    /// By name of the view in the proto.
    package var planes: [String: Plane]?

    package init(id: String, outcome: Outcome, reason: String? = nil) {
        (self.id, self.outcome, self.reason) = (id, outcome, reason)
    }

    /// A bundle that took part.
    package struct Model: Codable, Hashable, Sendable {
        package let name: String
        package let version: String
        package let weights_sha256: String
        package let intended_use: String
    }

    package struct Finding: Codable, Equatable, Sendable {
        package let probability: Double
        package let threshold: Double
        package let flagged: Bool
        /// Where the case has a mask of what the finding changed.
        package var heat_map: HeatMapFigure?
    }

    package struct Plane: Codable, Equatable, Sendable {
        package let center: [Double]
        package let normal: [Double]
        package let row: [Double]
        package let confidence: Double
        /// Where the case has a mask: of its section in this plane and in the true one.
        package var overlap: Overlap?
    }
}
