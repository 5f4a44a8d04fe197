import HTTP

/// What a client takes, best first: the query parameter `accept` before the field of that name (PS3.18 §8.3.3.1).
package struct Accept: Equatable, Sendable {
    package struct Range: Equatable, Sendable {
        package let type: ContentType
        /// 0…1; 0 means not at all.
        package let quality: Double
    }

    /// In order of preference; of equal ones the first named is first.
    package let ranges: [Range]

    /// Most members that are looked at.
    private static let maximumCount = 64

    /// - Parameters:
    ///   - field: the values of `Accept`; none means anything.
    ///   - parameter: the query's `accept`, decoded.
    package init(fields: [String], parameter: String? = nil) {
        let members = (parameter.map { [$0] } ?? fields).flatMap { QuotedText.split($0, at: ",") }
        let read = members.prefix(Self.maximumCount).compactMap { member -> Range? in
            guard let type = ContentType(parsing: member) else { return nil }
            let quality = type.parameters["q"].map { Double($0) ?? 0 } ?? 1
            var parameters = type.parameters
            parameters["q"] = nil
            return Range(
                type: ContentType(type.essence, parameters: parameters), quality: min(max(quality, 0), 1))
        }
        let isEmpty = members.allSatisfy { $0.trimmingHTTPWhitespace.isEmpty }
        let all = isEmpty ? [Range(type: ContentType("*/*"), quality: 1)] : read
        ranges = all.enumerated().sorted { ($1.element.quality, $0.offset) < ($0.element.quality, $1.offset) }
            .map(\.element)
    }

    /// The first of `offers` that the client likes best; nil where it takes none.
    ///
    /// The most specific member that covers an offer decides about it (RFC 9110 §12.5.1).
    package func best(of offers: [ContentType]) -> ContentType? {
        var best: (offer: ContentType, quality: Double)?
        for offer in offers {
            let quality = quality(of: offer.essence)
            if quality > 0, quality > best?.quality ?? 0 { best = (offer, quality) }
        }
        return best?.offer
    }

    private func quality(of essence: String) -> Double {
        let covering = ranges.filter { $0.type.covers(essence) }
        return covering.max { Self.precision($0.type) < Self.precision($1.type) }?.quality ?? 0
    }

    private static func precision(_ type: ContentType) -> Int {
        type.essence == "*/*" ? 0 : type.essence.hasSuffix("/*") ? 1 : 2
    }
}
