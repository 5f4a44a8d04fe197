import Foundation
package import Imaging

/// What a rule asks of one attribute of the data set's top level.
package struct RoutingCondition: Sendable {
    /// How the values of an attribute are looked at; texts are compared without regard to upper and lower case.
    enum Test: Sendable {
        case equals(String)
        case isOneOf([String])
        case matches(pattern: String, NSRegularExpression)
        case exists(Bool)
        /// Numbers, both ends included.
        case range(minimum: Double?, maximum: Double?)
    }

    package let tag: Tag
    let test: Test
    /// True when the condition also holds where the attribute is absent or empty.
    let holdsWhereAbsent: Bool

    /// Longest part of a value that a pattern looks at: an instance must not choose how long that takes.
    private static let longestValue = 256

    /// True when one value of the attribute passes the test.
    func holds(for values: [String]) -> Bool {
        let values = values.filter { !$0.isEmpty }
        if case .exists(let wanted) = test { return values.isEmpty != wanted }
        return values.isEmpty ? holdsWhereAbsent : values.contains(where: passes)
    }

    private func passes(_ value: String) -> Bool {
        switch test {
        case .exists(let wanted): return wanted
        case .equals(let other): return value.uppercased() == other
        case .isOneOf(let others): return others.contains(value.uppercased())
        case .matches(_, let expression):
            let text = String(value.prefix(Self.longestValue))
            return expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
        case .range(let minimum, let maximum):
            guard let number = Double(value), number.isFinite else { return false }
            return number >= minimum ?? -.infinity && number <= maximum ?? .infinity
        }
    }

    /// The condition in words, without any value of an instance.
    package var text: String {
        let test =
            switch test {
            case .equals(let value): "is \(value)"
            case .isOneOf(let values): "is one of \(values.joined(separator: ", "))"
            case .matches(let pattern, _): "matches /\(pattern)/"
            case .exists(let wanted): wanted ? "exists" : "is absent"
            case .range(let minimum, let maximum):
                "lies in \(minimum.map { "\($0)" } ?? "…") to \(maximum.map { "\($0)" } ?? "…")"
            }
        return "\(tag.keyword) \(test)" + (holdsWhereAbsent ? ", or is absent" : "")
    }
}
