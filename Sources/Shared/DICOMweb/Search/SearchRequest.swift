import Foundation
package import Imaging

/// A search as a client asks for it (PS3.18 §10.6).
package struct SearchRequest: Equatable, Sendable {
    package var level: SearchAttribute.Level
    /// Conditions that all have to hold; those of the path are among them.
    package var matches: [AttributeMatch] = []
    /// Attributes that are shown besides those that always are.
    package var included: Set<SearchAttribute> = []
    package var limit: Int
    package var offset = 0
    /// What could not be done as asked: texts for `Warning` (PS3.18 §8.3.4.4).
    package var warnings: [String] = []

    /// Most results of one answer, and how many there are where the client does not say.
    package static let maximumLimit = 5000
    package static let defaultLimit = 1000
    /// Most conditions, and most UIDs in a list.
    package static let maximumMatches = 64
    package static let maximumListed = 1000

    package static let fuzzyWarning =
        "The fuzzymatching parameter is not supported. Only literal matching has been performed."

    /// - Parameters:
    ///   - scope: study and series of the path.
    ///   - query: decoded.
    package init(
        _ level: SearchAttribute.Level, in scope: Resource.Scope?, query: QueryItems
    ) throws(SearchError) {
        self.level = level
        limit = Self.defaultLimit
        if let scope {
            matches.append(AttributeMatch(.studyInstanceUID, .equals(scope.studyInstanceUID)))
            if let series = scope.seriesInstanceUID {
                matches.append(AttributeMatch(.seriesInstanceUID, .equals(series)))
            }
        }
        for item in query.items { try read(item.name, item.value) }
    }

    private mutating func read(_ name: String, _ value: String) throws(SearchError) {
        switch name.lowercased() {
        case "limit":
            limit = min(try Self.count(value, of: "limit"), Self.maximumLimit)
        case "offset":
            offset = try Self.count(value, of: "offset")
        case "fuzzymatching":
            guard ["true", "false"].contains(value.lowercased()) else {
                throw .malformedValue(keyword: "fuzzymatching")
            }
            if value.lowercased() == "true" { warnings.append(Self.fuzzyWarning) }
        case "includefield":
            for field in value.split(separator: ",") { try include(String(field)) }
        case "accept", "charset", "emptyvaluematching", "multiplevaluematching": break
        default: try match(name, value)
        }
    }

    private mutating func include(_ field: String) throws(SearchError) {
        if field.lowercased() == "all" {
            included.formUnion(SearchAttribute.all.filter { $0.level <= level })
            return
        }
        let path = try Self.path(field)
        included.formUnion(SearchAttribute.all.filter { $0.level <= level && $0.path.starts(with: path) })
    }

    private mutating func match(_ name: String, _ value: String) throws(SearchError) {
        guard matches.count < Self.maximumMatches else { throw .tooManyConditions(limit: Self.maximumMatches) }
        let path = try Self.path(name)
        if path == [Self.modalitiesInStudy] {
            if let match = AttributeMatch.modalities(value) { matches.append(match) }
            return
        }
        guard let attribute = SearchAttribute.at(path), attribute.level <= level else {
            let keyword = path.map(\.keyword).joined(separator: ".")
            warnings.append("Matching on \(keyword) is not supported at this level. It has been ignored.")
            return
        }
        if let match = try AttributeMatch(attribute, value: value) { matches.append(match) }
    }

    package static let modalitiesInStudy = Tag(0x0008, 0x0061)

    /// Keywords or eight hexadecimal digits, with points between (PS3.18 §8.3.4.1).
    private static func path(_ name: String) throws(SearchError) -> [Tag] {
        let words = name.split(separator: ".", omittingEmptySubsequences: false)
        let tags = words.compactMap { Tag(hexadecimal: $0) ?? Tag(keyword: String($0)) }
        guard tags.count == words.count, words.count <= 8 else { throw .unknownParameter }
        return tags
    }

    private static func count(_ text: String, of name: String) throws(SearchError) -> Int {
        guard let count = Int(text), (0...Int(Int32.max)).contains(count) else { throw .malformedValue(keyword: name) }
        return count
    }
}

/// Why a search cannot be made. No value of the query is kept: it may be somebody's name.
package enum SearchError: Error, Equatable, Sendable {
    /// A name that is neither a parameter of ours nor an attribute.
    case unknownParameter
    /// A value that the attribute or parameter cannot have.
    case malformedValue(keyword: String)
    case tooManyConditions(limit: Int)
    /// The query is no query.
    case malformedQuery
}
