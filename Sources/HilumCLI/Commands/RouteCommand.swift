package import Wire

/// `hilum route explain FILE`
package struct RouteCommand: Command {
    package static let name = "route"
    package static let operands = "explain FILE"
    package static let summary = "Shows what each routing rule of the gateway says of a DICOM file; nothing is kept."
    package static let options = Server.options

    private let server: Server
    private let file: String

    package init(_ arguments: Arguments) throws(UsageError) {
        server = try Server(arguments)
        guard arguments.operands.count == 2, arguments.operands[0] == "explain" else {
            throw UsageError("explain FILE expected")
        }
        file = arguments.operands[1]
    }

    package func run(_ console: Console) async throws(Failure) {
        let request = ExplainRouteRequest(instance: try InputFiles.read(file))
        let response = try await server.call(TriageServiceMethods.explainRoute, request, subject: file, console)
        if server.printsJSON { return try server.printJSON(response, console) }
        console.print(RouteText.text(response))
    }
}

/// The rules' verdicts as text.
package enum RouteText {
    package static func text(_ response: ExplainRouteResponse) -> String {
        var lines: [String] = []
        for rule in response.rules {
            let verdict = rule.decided ? "DECIDES" : rule.matched ? "would match" : "no"
            lines.append("\(rule.rule): \(verdict)")
            lines += rule.conditions.map { "  \($0.holds ? "yes" : "no ") \($0.condition)" }
        }
        lines.append(decision(response))
        return lines.joined(separator: "\n")
    }

    private static func decision(_ response: ExplainRouteResponse) -> String {
        var parts = [response.action + (response.route.isEmpty ? "" : " to \(response.route)")]
        if !response.model.isEmpty { parts.append("model \(response.model)") }
        if !response.shadows.isEmpty { parts.append("shadowed by \(response.shadows.joined(separator: ", "))") }
        if response.priority != .routine { parts.append("priority \(Text.name(response.priority))") }
        if !response.reason.isEmpty { parts.append(response.reason) }
        return "=> " + parts.joined(separator: "; ")
    }
}
