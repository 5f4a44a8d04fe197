import Foundation

/// The parameters of a query, decoded, in their order.
package struct QueryItems: Equatable, Sendable {
    package struct Item: Equatable, Sendable {
        package let name: String
        package let value: String
    }

    package let items: [Item]

    /// Most parameters that a query may have.
    private static let maximumCount = 256

    /// - Parameter query: what follows the `?`; nil is empty.
    /// - Throws: `SearchError.malformedQuery` where an escape is none, or is not UTF-8, or there are too many parameters.
    package init(_ query: String?) throws(SearchError) {
        let pairs = (query ?? "").split(separator: "&")
        guard pairs.count <= Self.maximumCount else { throw .malformedQuery }
        var items: [Item] = []
        for pair in pairs {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try Self.decoded(halves[0])
            items.append(Item(name: name, value: halves.count > 1 ? try Self.decoded(halves[1]) : ""))
        }
        self.items = items
    }

    /// The first value under `name`.
    package subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    private static func decoded(_ text: Substring) throws(SearchError) -> String {
        let spaced = text.replacingOccurrences(of: "+", with: " ")
        guard let decoded = spaced.removingPercentEncoding else { throw .malformedQuery }
        return decoded
    }
}
