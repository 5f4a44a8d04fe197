// What the routing rules say: messages of proto/hilum/v1/triage.proto.

package import Foundation

/// Asks what the routing rules say of an instance.
package struct ExplainRouteRequest: Message {
    package static let fullName = "hilum.v1.ExplainRouteRequest"

    /// A DICOM file.
    package var instance: Data

    /// A message with the given fields; the others have their defaults.
    package init(
        instance: Data = Data()
    ) {
        self.instance = instance
    }

    package init() {
        self.init(instance: Data())
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &instance)
    }
}

/// The rules' verdicts.
package struct ExplainRouteResponse: Message {
    package static let fullName = "hilum.v1.ExplainRouteResponse"

    /// Every rule, in order; those after the one that decided are looked at too.
    package var rules: [RuleVerdict]
    /// The rule that decided; empty when none matched.
    package var rule: String
    /// What is done: "send", "hold" or "refuse".
    package var action: String
    /// Service it would be sent to; empty when it is not sent.
    package var route: String
    /// The model it would be sent to; empty means the service's own choice.
    package var model: String
    /// Priority it starts with.
    package var priority: Priority
    /// Why it is held or refused.
    package var reason: String
    /// Models that answer beside it and change no flag.
    package var shadows: [String]

    /// A message with the given fields; the others have their defaults.
    package init(
        rules: [RuleVerdict] = [], rule: String = "", action: String = "", route: String = "", model: String = "",
        priority: Priority = .unspecified, reason: String = "", shadows: [String] = []
    ) {
        self.rules = rules
        self.rule = rule
        self.action = action
        self.route = route
        self.model = model
        self.priority = priority
        self.reason = reason
        self.shadows = shadows
    }

    package init() {
        self.init(rules: [])
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &rules)
        try visitor.field(2, &rule)
        try visitor.field(3, &action)
        try visitor.field(4, &route)
        try visitor.field(5, &model)
        try visitor.field(6, &priority)
        try visitor.field(7, &reason)
        try visitor.field(8, &shadows)
    }
}

/// What one rule says of an instance.
package struct RuleVerdict: Message {
    package static let fullName = "hilum.v1.RuleVerdict"

    /// Its name.
    package var rule: String
    /// True when every condition holds.
    package var matched: Bool
    /// True when it was the first to match.
    package var decided: Bool
    /// Its conditions, in order.
    package var conditions: [ConditionVerdict]

    /// A message with the given fields; the others have their defaults.
    package init(
        rule: String = "", matched: Bool = false, decided: Bool = false, conditions: [ConditionVerdict] = []
    ) {
        self.rule = rule
        self.matched = matched
        self.decided = decided
        self.conditions = conditions
    }

    package init() {
        self.init(rule: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &rule)
        try visitor.field(2, &matched)
        try visitor.field(3, &decided)
        try visitor.field(4, &conditions)
    }
}

/// What one condition says of an instance.
package struct ConditionVerdict: Message {
    package static let fullName = "hilum.v1.ConditionVerdict"

    /// The condition in words, without the value found.
    package var condition: String
    /// True when it holds.
    package var holds: Bool

    /// A message with the given fields; the others have their defaults.
    package init(
        condition: String = "", holds: Bool = false
    ) {
        self.condition = condition
        self.holds = holds
    }

    package init() {
        self.init(condition: "")
    }

    package mutating func visitFields(_ visitor: inout some FieldVisitor) throws(WireError) {
        try visitor.field(1, &condition)
        try visitor.field(2, &holds)
    }
}
