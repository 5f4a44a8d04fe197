import Foundation
package import HTTP

/// What a method or path demands of its callers, and what the audit log keeps of it.
package struct AccessRule: Equatable, Sendable {
    /// Who may.
    package enum Demand: Equatable, Sendable {
        /// Everybody, without credentials.
        case open
        /// Every caller whose credentials are valid.
        case anyCaller
        /// Callers with one of these roles.
        case roles(Set<Caller.Role>)
    }

    package let demand: Demand
    /// nil: not written down.
    package let audit: AuditRecord.Action?

    private init(_ demand: Demand, _ audit: AuditRecord.Action? = nil) {
        self.demand = demand
        self.audit = audit
    }

    package static let open = AccessRule(.open)
    package static let anyCaller = AccessRule(.anyCaller)

    package static func roles(_ roles: Caller.Role..., audit: AuditRecord.Action? = nil) -> AccessRule {
        AccessRule(.roles(Set(roles)), audit)
    }
}

/// Every method and path of a program with the role it needs. What is not in it is there for nobody: a path is not
/// found, and a method is refused where access is controlled.
package struct AccessTable: Sendable {
    /// By `hilum.v1.ClassifierService/Classify`.
    package var methods: [String: AccessRule]
    /// The first that fits counts.
    package var routes: [AccessRoute]

    package init(methods: [String: AccessRule], routes: [AccessRoute]) {
        self.methods = methods
        self.routes = routes
    }

    /// This table with more in it.
    package func adding(methods: [String: AccessRule] = [:], routes: [AccessRoute] = []) -> AccessTable {
        AccessTable(methods: self.methods.merging(methods) { $1 }, routes: self.routes + routes)
    }
}

/// One kind of request to a path that is no call's.
package struct AccessRoute: Sendable {
    /// As in HTTP, `GET` stands for `HEAD` too; `*`: any, and the handler says which it takes.
    package let method: String
    /// Segments: text as it is, `{name}` for any one, `**` at the end for any number. The one at `{study}` is the
    /// audit log's subject.
    package let pattern: String
    package let rule: AccessRule
    private let segments: [String]

    package init(_ method: String, _ pattern: String, _ rule: AccessRule) {
        self.method = method
        self.pattern = pattern
        self.rule = rule
        segments = pattern.split(separator: "/").map(String.init)
    }

    func takes(_ method: String) -> Bool {
        self.method == "*" || self.method == method || (self.method == "GET" && method == "HEAD")
    }

    /// What fits `{study}`, empty without one; nil where the path is another.
    func study(in path: [String]) -> String? {
        var study = ""
        var rest = path[...]
        for segment in segments {
            if segment == "**" { return study }
            guard let found = rest.popFirst() else { return nil }
            if segment == "{study}" {
                study = found
            } else if !segment.hasPrefix("{"), segment != found {
                return nil
            }
        }
        return rest.isEmpty ? study : nil
    }
}

extension AccessTable {
    /// What a path comes to.
    package enum Finding {
        case route(AccessRoute, study: String?)
        /// The path is there for these methods alone.
        case otherMethods([String])
        case nothing
    }

    /// - Parameter path: as sent. It is compared decoded, segment by segment, as handlers read it.
    package func find(_ method: String, _ path: String) -> Finding {
        guard let segments = Self.segments(of: path) else { return .nothing }
        var others: [String] = []
        for route in routes {
            guard let study = route.study(in: segments) else { continue }
            if route.takes(method) { return .route(route, study: study.isEmpty ? nil : study) }
            others.append(route.method)
            if route.method == "GET" { others.append("HEAD") }
        }
        return others.isEmpty ? .nothing : .otherMethods(others)
    }

    /// nil where the path cannot be decoded or climbs.
    private static func segments(of path: String) -> [String]? {
        guard path.hasPrefix("/") else { return nil }
        var segments: [String] = []
        for part in path.dropFirst().utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let text = decoded(Substring(part)), text != "..", text != "." else { return nil }
            segments.append(text)
        }
        if segments.last == "" { segments.removeLast() }
        return segments
    }

    private static func decoded(_ part: Substring) -> String? {
        part.utf8.contains(UInt8(ascii: "%")) ? String(part).removingPercentEncoding : String(part)
    }
}
