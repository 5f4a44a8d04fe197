package import Foundation
import Imaging

extension RoutingRules {
    /// Reads a file; nil path means the rules that come with the gateway.
    package static func load(path: String?) throws(RoutingFileError) -> RoutingRules {
        guard let path else { return try RoutingRules(json: Data(PackageResources.default_routing_json)) }
        guard let bytes = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
        return try RoutingRules(json: bytes)
    }

    /// Reads the JSON form, which `docs/routing.md` describes. Whatever it does not know is an error.
    package init(json: Data) throws(RoutingFileError) {
        guard let file = (try? JSONSerialization.jsonObject(with: json)) as? [String: Any] else {
            throw .malformed("it is not a JSON object")
        }
        if let unknown = file.keys.filter({ !["rules", "studies"].contains($0) }).min() {
            throw .malformed("\"\(unknown)\" is not known; \"rules\" and \"studies\" are")
        }
        guard let rules = file["rules"] as? [[String: Any]], !rules.isEmpty else {
            throw .malformed("\"rules\" is no list of objects, or empty")
        }
        guard let studies = (file["studies"] ?? [[String: Any]]()) as? [[String: Any]] else {
            throw .malformed("\"studies\" is no list of objects")
        }
        let objects = try (rules + studies).enumerated().map { (index, fields) throws(RoutingFileError) in
            try RoutingObject(fields, number: index + 1)
        }
        let names = objects.map(\.name)
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            throw .rule(name, "there are two of this name")
        }
        self.init(
            rules: try objects.prefix(rules.count).map { (object) throws(RoutingFileError) in try Rule(object) },
            studies: try objects.dropFirst(rules.count).map { (object) throws(RoutingFileError) in
                try StudyRule(object)
            })
    }
}

extension RoutingRules.Rule {
    fileprivate init(_ object: RoutingObject) throws(RoutingFileError) {
        try object.allowOnly(["name", "match", "send", "hold", "refuse", "model", "priority", "shadow"])
        let route = try object.text("send").map { (name) throws(RoutingFileError) in
            guard let route = Route(rawValue: name) else {
                throw object.error("\"send\" is \"\(name)\", allowed: classifier, planning")
            }
            return route
        }
        let (hold, refuse) = (try object.text("hold"), try object.text("refuse"))
        let (model, shadows) = (try object.text("model") ?? "", try object.texts("shadow") ?? [])
        self.init(
            name: object.name, conditions: try object.conditions("match"),
            action: try Self.action(object, route, model, shadows, hold: hold, refuse: refuse),
            priority: try Self.priority(object))
    }

    private static func action(
        _ object: RoutingObject, _ route: Route?, _ model: String, _ shadows: [String], hold: String?, refuse: String?
    ) throws(RoutingFileError) -> RouteDecision.Action {
        guard shadows.isEmpty || (route == .classifier && hold == nil) else {
            throw object.error("\"shadow\" goes with \"send\": \"classifier\" alone")
        }
        guard model.isEmpty || route != nil else { throw object.error("\"model\" goes with \"send\"") }
        switch (route, hold, refuse) {
        case (let route?, nil, nil): return .send(route, model: model, shadows: shadows)
        case (let route, let reason?, nil): return .hold(route, model: model, reason: reason)
        case (nil, nil, let reason?): return .refuse(reason: reason)
        default: throw object.error("one of \"send\", \"hold\" (also beside \"send\") and \"refuse\" is needed")
        }
    }

    private static func priority(_ object: RoutingObject) throws(RoutingFileError) -> TriagePriority {
        switch try object.text("priority") {
        case nil, "routine": .routine
        case "priority": .priority
        case "urgent": .urgent
        case let other?: throw object.error("\"priority\" is \"\(other)\", allowed: routine, priority, urgent")
        }
    }
}

extension RoutingRules.StudyRule {
    fileprivate init(_ object: RoutingObject) throws(RoutingFileError) {
        try object.allowOnly(["name", "match", "expect", "settle-seconds"])
        guard let series = object.fields["expect"] as? [[String: Any]], !series.isEmpty else {
            throw object.error("\"expect\" is no list of series, or empty")
        }
        let settle = (object.fields["settle-seconds"] ?? 2.0) as? Double
        guard let settle, (0...3600).contains(settle) else {
            throw object.error("\"settle-seconds\" is no number from 0 to 3600")
        }
        self.init(
            name: object.name, conditions: try object.conditions("match"),
            series: try series.enumerated().map { (index, fields) throws(RoutingFileError) in
                let inner = try RoutingObject(fields, number: index + 1, inside: object.name)
                try inner.allowOnly(["name", "match"])
                return (inner.name, try inner.conditions("match"))
            },
            settle: .milliseconds(Int64(settle * 1000)))
    }
}
