package import Imaging

/// Which service answers an instance, by one file: the first rule whose conditions all hold decides.
package struct RoutingRules: Sendable {
    /// One rule.
    struct Rule: Sendable {
        let name: String
        let conditions: [RoutingCondition]
        let action: RouteDecision.Action
        let priority: TriagePriority
    }

    /// Which series the studies of some kind are expected to have.
    struct StudyRule: Sendable {
        let name: String
        let conditions: [RoutingCondition]
        let series: [(name: String, conditions: [RoutingCondition])]
        let settle: Duration
    }

    let rules: [Rule]
    let studies: [StudyRule]
    /// The attributes that the rules look at.
    package let attributes: Set<Tag>

    init(rules: [Rule], studies: [StudyRule]) {
        self.rules = rules
        self.studies = studies
        let conditions =
            rules.flatMap(\.conditions) + studies.flatMap(\.conditions)
            + studies.flatMap(\.series).flatMap(\.conditions)
        attributes = Set(conditions.map(\.tag))
    }

    /// Decides by the header alone.
    package func decide(_ header: InstanceHeader) -> RouteDecision {
        guard let rule = rules.first(where: { $0.holds(for: header) }) else {
            return .refused(reason: "no rule matches Modality \(header.modality.limited)")
        }
        return rule.decision(for: header)
    }

    /// The series that the header's study is expected to have; nil where no rule says so.
    package func expectation(_ header: InstanceHeader) -> SeriesExpectation? {
        guard let rule = studies.first(where: { rule in rule.conditions.allSatisfy { $0.holds(in: header) } }) else {
            return nil
        }
        let satisfied = rule.series.filter { series in series.conditions.allSatisfy { $0.holds(in: header) } }
        return SeriesExpectation(
            rule: rule.name, expected: rule.series.map(\.name), satisfied: satisfied.map(\.name), settle: rule.settle)
    }

    /// What every rule says, also those behind the one that decides.
    package func explain(_ header: InstanceHeader) -> [Verdict] {
        var isDecided = false
        return rules.map { rule in
            let conditions = rule.conditions.map {
                Verdict.Condition(text: $0.text, holds: $0.holds(in: header))
            }
            let isMatched = conditions.allSatisfy(\.holds)
            defer { isDecided = isDecided || isMatched }
            return Verdict(
                rule: rule.name, conditions: conditions, isMatched: isMatched, hasDecided: isMatched && !isDecided)
        }
    }

    /// What one rule says of an instance.
    package struct Verdict: Sendable, Hashable {
        package struct Condition: Sendable, Hashable {
            package let text: String
            package let holds: Bool
        }
        package let rule: String
        package let conditions: [Condition]
        package let isMatched: Bool
        package let hasDecided: Bool
    }
}

extension RoutingRules.Rule {
    func holds(for header: InstanceHeader) -> Bool { conditions.allSatisfy { $0.holds(in: header) } }

    func decision(for header: InstanceHeader) -> RouteDecision {
        let action: RouteDecision.Action =
            switch self.action {
            case .send: self.action
            case .hold(let route, let model, let reason): .hold(route, model: model, reason: header.filling(reason))
            case .refuse(let reason): .refuse(reason: header.filling(reason))
            }
        return RouteDecision(rule: name, action, priority: priority)
    }
}

extension RoutingCondition {
    fileprivate func holds(in header: InstanceHeader) -> Bool { holds(for: header.values(of: tag)) }
}

extension InstanceHeader {
    /// The values of an attribute; empty where it is absent.
    fileprivate func values(of tag: Tag) -> [String] {
        switch tag {
        case .modality: [modality]
        case .sopClassUID: [sopClassUID]
        case .bodyPartExamined: [bodyPartExamined]
        default: attributes[tag] ?? []
        }
    }

    /// A reason with the values of the three attributes that say nothing of a patient.
    fileprivate func filling(_ reason: String) -> String {
        var parts = reason.utf8.split(separator: UInt8(ascii: "{"), omittingEmptySubsequences: false)[...]
        var text = parts.popFirst().map { String(Substring($0)) } ?? ""
        for part in parts {
            let end = part.firstIndex(of: UInt8(ascii: "}"))
            if let end, let value = value(named: Substring(part[..<end])) {
                text += value.limited + Substring(part[part.index(after: end)...])
            } else {
                text += "{" + Substring(part)
            }
        }
        return text
    }

    private func value(named keyword: Substring) -> String? {
        switch keyword {
        case "Modality": modality.uppercased()
        case "SOPClassUID": sopClassUID
        case "BodyPartExamined": bodyPartExamined.uppercased()
        default: nil
        }
    }
}

extension String {
    /// At most 64 characters, none of them a control character: fit for a reason or an error.
    package var limited: String {
        String(decoding: utf8.prefix(64).filter { (0x20...0x7E).contains($0) }, as: UTF8.self)
    }
}
