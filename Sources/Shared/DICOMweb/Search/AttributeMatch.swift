import Foundation

/// One condition of a search (PS3.4 §C.2.2.2).
package struct AttributeMatch: Equatable, Sendable {
    package enum Condition: Equatable, Sendable {
        case equals(String)
        /// One of several UIDs.
        case anyOf([String])
        /// `*` stands for any text, `?` for one character.
        case wildcard(String)
        /// From and to, both included, either may be open. Bounds are as precise as they were written: `2024` up to
        /// `2024` is a year.
        case range(from: String?, to: String?)
    }

    /// Nil: modalities in study, which no single row holds.
    package let attribute: SearchAttribute?
    package let condition: Condition

    package init(_ attribute: SearchAttribute?, _ condition: Condition) {
        self.attribute = attribute
        self.condition = condition
    }

    /// Reads a value of the query; nil where it matches everything.
    ///
    /// - Throws: `SearchError.malformedValue` with the attribute's keyword.
    package init?(_ attribute: SearchAttribute, value: String) throws(SearchError) {
        let value = value.trimmingCharacters(in: .whitespaces)
        guard !value.isEmpty, !value.utf8.contains(0) else {
            guard value.isEmpty else { throw .malformedValue(keyword: attribute.keyword) }
            return nil
        }
        switch attribute.vr {
        case "UI":
            let uids = value.split { $0 == "," || $0 == "\\" }.map(String.init)
            guard uids.count <= SearchRequest.maximumListed, uids.allSatisfy(Resource.isUID) else {
                throw .malformedValue(keyword: attribute.keyword)
            }
            self.init(attribute, uids.count == 1 ? .equals(uids[0]) : .anyOf(uids))
        case "DA", "TM":
            guard let range = try Self.range(value, of: attribute) else { return nil }
            self.init(attribute, range)
        case "IS", "US":
            guard let number = Int(value) else { throw .malformedValue(keyword: attribute.keyword) }
            self.init(attribute, .equals(String(number)))
        default:
            guard let condition = Self.text(AttributeValue.matched(value, of: attribute)) else { return nil }
            self.init(attribute, condition)
        }
    }

    /// A condition on one of the modalities of a study; nil where it matches everything.
    package static func modalities(_ value: String) -> AttributeMatch? {
        let names = value.split { $0 == "," || $0 == "\\" }.map(String.init)
        if names.count > 1 { return AttributeMatch(nil, .anyOf(names.prefix(SearchRequest.maximumListed).map { $0 })) }
        return text(value).map { AttributeMatch(nil, $0) }
    }

    private static func text(_ value: String) -> Condition? {
        guard value.contains(where: { $0 != "*" }) else { return nil }
        return value.contains { $0 == "*" || $0 == "?" } ? .wildcard(value) : .equals(value)
    }

    private static func range(_ value: String, of attribute: SearchAttribute) throws(SearchError) -> Condition? {
        let ends = value.split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false).map {
            AttributeValue.digits($0)
        }
        guard ends.count <= 2, ends.allSatisfy({ $0 != nil }) else {
            throw .malformedValue(keyword: attribute.keyword)
        }
        let bounds = ends.map { ($0 ?? "").isEmpty ? nil : $0 }
        guard let from = bounds.first, let to = bounds.last, from != nil || to != nil else {
            throw .malformedValue(keyword: attribute.keyword)
        }
        return .range(from: from, to: to)
    }
}

/// The forms in which values are kept.
package enum AttributeValue {
    /// Longest value that is kept, in characters.
    package static let maximumCount = 256

    /// As it is shown: numbers and dates without what older headers put into them, several values with backslashes.
    package static func kept(_ values: [String], of attribute: SearchAttribute) -> String {
        let values = values.map { value in
            switch attribute.vr {
            case "DA", "TM": digits(value) ?? ""
            case "IS", "US": Int(value).map(String.init) ?? ""
            default: value
            }
        }
        let isList = attribute.vr == "CS" || attribute.vr == "LO" || attribute.vr == "UI"
        let value = isList ? values.joined(separator: "\\") : values.first ?? ""
        // Only what is long is counted in characters.
        return value.utf8.count <= maximumCount ? value : String(value.prefix(maximumCount))
    }

    /// As it is compared. A name becomes `=first=second=third=` in lower case, without the carets at ends of groups.
    package static func matched(_ kept: String, of attribute: SearchAttribute) -> String {
        guard attribute.isName else { return kept }
        return kept.lowercased().split(separator: "=", omittingEmptySubsequences: false).map { group in
            var group = group.trimmingCharacters(in: .whitespaces)[...]
            while group.last == "^" { group.removeLast() }
            return String(group)
        }.joined(separator: "=")
    }

    /// The digits of a date or a time, and the point of a fraction; nil where there is something else. Older headers
    /// write `2024.01.31` and `10:15:00`.
    static func digits(_ text: some StringProtocol) -> String? {
        var digits = ""
        let isOldDate = text.count == 10 && text.split(separator: ".").count == 3
        for character in text.trimmingCharacters(in: .whitespaces) {
            if character.isASCII && character.isNumber {
                digits.append(character)
            } else if character == "." && !isOldDate {
                digits.append(character)
            } else if character != ":" && character != "." {
                return nil
            }
        }
        return digits
    }
}
