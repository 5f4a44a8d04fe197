/// A service behind the gateway. The raw value stands in the ledger and in `Instance.route`.
package enum Route: String, Sendable, Hashable, CaseIterable {
    case classifier
    case planning
}

/// Where an instance goes, or why it goes nowhere.
package struct RouteDecision: Sendable, Hashable {
    package enum Action: Sendable, Hashable {
        /// Sent to a service; the shadows answer beside it and change no flag.
        case send(Route, model: String, shadows: [String])
        /// Kept from being sent until somebody asks; without a service for good. The reason holds no patient data.
        case hold(Route?, model: String, reason: String)
        /// Kept, but never sent. The reason names the value that decided and holds no patient data.
        case refuse(reason: String)
    }

    /// Name of the rule that decided; empty when none matched.
    package let rule: String
    package let action: Action
    /// What the study starts with; answers only raise it.
    package let priority: TriagePriority

    package init(rule: String = "", _ action: Action, priority: TriagePriority = .routine) {
        self.rule = rule
        self.action = action
        self.priority = priority
    }

    /// To the service's own choice of a model.
    package static func to(_ route: Route) -> RouteDecision {
        RouteDecision(.send(route, model: "", shadows: []))
    }

    package static func refused(reason: String) -> RouteDecision {
        RouteDecision(.refuse(reason: reason))
    }
}

/// Which series a study is expected to have, by a rule of the routing file, and which of them an instance belongs to.
package struct SeriesExpectation: Sendable, Hashable {
    package let rule: String
    /// Names of all series that have to be there.
    package let expected: [String]
    /// Names of those that the instance belongs to.
    package let satisfied: [String]
    /// How long nothing may come, once all are there, before the study counts as whole.
    package let settle: Duration

    package init(rule: String, expected: [String], satisfied: [String], settle: Duration) {
        self.rule = rule
        self.expected = expected
        self.satisfied = satisfied
        self.settle = settle
    }
}
