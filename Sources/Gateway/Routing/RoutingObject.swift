import Foundation
import Imaging

/// One named object of the routing file, read with errors that name it.
struct RoutingObject {
    let name: String
    let fields: [String: Any]
    /// The name in errors.
    private let path: String

    init(_ fields: [String: Any], number: Int, inside outer: String? = nil) throws(RoutingFileError) {
        let prefix = outer.map { $0 + "/" } ?? ""
        guard let name = fields["name"] as? String, !name.isEmpty, name.utf8.count <= 64 else {
            throw .rule("\(prefix)#\(number)", "\"name\" is missing, empty or longer than 64 bytes")
        }
        self.name = name
        self.fields = fields
        path = prefix + name
    }

    func error(_ problem: String) -> RoutingFileError { .rule(path, problem) }

    func allowOnly(_ keys: Set<String>) throws(RoutingFileError) {
        if let unknown = fields.keys.filter({ !keys.contains($0) }).min() {
            throw error("\"\(unknown)\" is not known; \(keys.sorted().joined(separator: ", ")) are")
        }
    }

    func text(_ key: String) throws(RoutingFileError) -> String? {
        guard let value = fields[key] else { return nil }
        guard let text = value as? String, !text.isEmpty, text.utf8.count <= 500 else {
            throw error("\"\(key)\" is no text, empty or longer than 500 bytes")
        }
        return text
    }

    func texts(_ key: String) throws(RoutingFileError) -> [String]? {
        guard let value = fields[key] else { return nil }
        guard let texts = value as? [String], !texts.isEmpty, texts.allSatisfy({ !$0.isEmpty }) else {
            throw error("\"\(key)\" is no list of texts, or empty")
        }
        return texts
    }

    /// The conditions under `key`; an empty list holds for everything.
    func conditions(_ key: String) throws(RoutingFileError) -> [RoutingCondition] {
        guard let list = fields[key] as? [[String: Any]] else { throw error("\"\(key)\" is no list of conditions") }
        return try list.map { (fields) throws(RoutingFileError) in try condition(fields) }
    }

    private func condition(_ fields: [String: Any]) throws(RoutingFileError) -> RoutingCondition {
        guard let attribute = fields["attribute"] as? String, let tag = Tag(routing: attribute) else {
            throw error("\"attribute\" is \"\(fields["attribute"] ?? "")\", which is no keyword and no tag of DICOM")
        }
        var holdsWhereAbsent = false
        var tests: [RoutingCondition.Test] = []
        for (key, value) in fields where key != "attribute" {
            if key == "or-absent", let flag = value as? Bool {
                holdsWhereAbsent = flag
            } else if let test = try test(key, value) {
                tests.append(test)
            } else {
                throw error(
                    "\(attribute): \"\(key)\" is not known or has a value of the wrong kind; equals, in, regex, exists, "
                        + "range and or-absent are")
            }
        }
        guard tests.count == 1, let test = tests.first else {
            throw error("\(attribute): exactly one of equals, in, regex, exists and range is needed")
        }
        return RoutingCondition(tag: tag, test: test, holdsWhereAbsent: holdsWhereAbsent)
    }

    /// nil when the key is not known or the value of the wrong kind.
    private func test(_ key: String, _ value: Any) throws(RoutingFileError) -> RoutingCondition.Test? {
        switch (key, value) {
        case ("equals", let text as String): return .equals(text.uppercased())
        case ("in", let texts as [String]) where !texts.isEmpty: return .isOneOf(texts.map { $0.uppercased() })
        case ("exists", let flag as Bool): return .exists(flag)
        case ("regex", let pattern as String):
            guard let expression = try? NSRegularExpression(pattern: pattern, options: .caseInsensitive) else {
                throw error("\"\(pattern)\" is no regular expression")
            }
            return .matches(pattern: pattern, expression)
        case ("range", let ends as [String: Double]):
            let (minimum, maximum) = (ends["min"], ends["max"])
            guard Set(ends.keys).isSubset(of: ["min", "max"]), minimum != nil || maximum != nil,
                minimum ?? -.infinity <= maximum ?? .infinity
            else { throw error("a range has \"min\" or \"max\" or both, the smaller one first") }
            return .range(minimum: minimum, maximum: maximum)
        default: return nil
        }
    }
}

extension Tag {
    /// A keyword of the data dictionary, `(gggg,eeee)` or `ggggeeee`.
    init?(routing text: String) {
        if let tag = Tag(keyword: text) {
            self = tag
            return
        }
        let digits = text.filter { !"(),".contains($0) }
        guard digits.utf8.count == 8, let packed = UInt32(digits, radix: 16) else { return nil }
        self.init(packed: packed)
    }
}
