import DICOMweb

/// A search in SQL that SQLite and PostgreSQL both understand.
struct SearchStatement {
    private(set) var conditions: [String] = []
    private(set) var values: [SQLValue] = []
    private let level: SearchAttribute.Level

    init(_ request: SearchRequest) {
        level = request.level
        for match in request.matches { add(match) }
    }

    /// The attributes of a row, in the order of its columns.
    var attributes: [SearchAttribute] { SearchAttribute.all.filter { $0.level <= level } }

    /// One page, newest studies first, what is inside of them in order of arrival.
    var page: String {
        let columns = attributes.map { "\(Self.alias($0.level)).\($0.column)" }
        let order = level == .study ? "s.id DESC" : "\(Self.alias(level)).id"
        return "SELECT s.id, \(Self.counts[level] ?? ""), \(columns.joined(separator: ", ")) \(source) "
            + "ORDER BY \(order) LIMIT ? OFFSET ?"
    }

    var count: String { "SELECT count(*) \(source)" }

    private var source: String {
        let tables =
            switch level {
            case .study: "indexed_studies s"
            case .series: "indexed_series e JOIN indexed_studies s ON s.id = e.study_id"
            case .instance:
                "indexed_instances i JOIN indexed_series e ON e.id = i.series_id "
                    + "JOIN indexed_studies s ON s.id = e.study_id"
            }
        return "FROM \(tables)" + (conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND "))
    }

    /// Series and instances of a study, instances of a series.
    private static let counts: [SearchAttribute.Level: String] = [
        .study: "(SELECT count(*) FROM indexed_series c WHERE c.study_id = s.id), (SELECT count(*) FROM "
            + "indexed_instances d JOIN indexed_series c ON c.id = d.series_id WHERE c.study_id = s.id)",
        .series: "0, (SELECT count(*) FROM indexed_instances d WHERE d.series_id = e.id)",
        .instance: "0, 0",
    ]

    private static func alias(_ level: SearchAttribute.Level) -> String {
        switch level {
        case .study: "s"
        case .series: "e"
        case .instance: "i"
        }
    }

    private mutating func add(_ match: AttributeMatch) {
        guard let attribute = match.attribute else {
            guard let condition = condition("m.modality", match.condition, isName: false) else { return }
            conditions.append("EXISTS (SELECT 1 FROM indexed_series m WHERE m.study_id = s.id AND \(condition))")
            return
        }
        let column = "\(Self.alias(attribute.level)).\(attribute.matchedColumn)"
        if let condition = condition(column, match.condition, isName: attribute.isName) { conditions.append(condition) }
    }

    private mutating func condition(
        _ column: String, _ condition: AttributeMatch.Condition, isName: Bool
    ) -> String? {
        switch condition {
        case .equals(let value) where isName: return like(column, "%=" + Self.escaped(value) + "=%")
        case .equals(let value):
            values.append(.text(value))
            return "\(column) = ?"
        case .anyOf(let list):
            values += list.map(SQLValue.text)
            return "\(column) IN (\(list.map { _ in "?" }.joined(separator: ", ")))"
        case .wildcard(let pattern):
            let text = Self.escaped(pattern).map { $0 == "*" ? "%" : $0 == "?" ? "_" : String($0) }.joined()
            return like(column, isName ? "%=" + text + "=%" : text)
        case .range(let from, let to): return range(column, from: from, to: to)
        }
    }

    private mutating func like(_ column: String, _ pattern: String) -> String {
        values.append(.text(pattern))
        return "\(column) LIKE ? ESCAPE '\\'"
    }

    private static func escaped(_ text: String) -> String {
        text.map { "%_\\".contains($0) ? "\\\($0)" : String($0) }.joined()
    }

    private mutating func range(_ column: String, from: String?, to: String?) -> String {
        var parts = ["\(column) <> ''"]
        if let from {
            values.append(.text(from))
            parts.append("\(column) >= ?")
        }
        if let end = to.flatMap(Self.successor) {
            values.append(.text(end))
            parts.append("\(column) < ?")
        }
        return parts.joined(separator: " AND ")
    }

    /// The least text behind all that begin with these digits; nil where there is none.
    static func successor(_ digits: String) -> String? {
        var bytes = Array(digits.utf8)
        for index in bytes.indices.reversed() where bytes[index] != UInt8(ascii: ".") {
            if bytes[index] != UInt8(ascii: "9") {
                bytes[index] += 1
                return String(decoding: bytes, as: UTF8.self)
            }
            bytes[index] = UInt8(ascii: "0")
        }
        return nil
    }
}
