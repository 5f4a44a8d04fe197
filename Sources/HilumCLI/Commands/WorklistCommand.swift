package import Wire

/// `hilum worklist`
package struct WorklistCommand: Command {
    package static let name = "worklist"
    package static let operands = ""
    package static let summary = "Lists the studies in the order in which they should be read."
    package static let options =
        Server.options + [
            Option("limit", "N", help: "Number of studies at most; default 50, at most 1000."),
            Option("page", "TOKEN", help: "Goes on after the page that gave this token."),
            Option("reviewed", help: "Also what readers accepted or rejected as a whole."),
            Option("state", "STATE", help: "Only pending, complete or failed studies."),
        ]

    private let server: Server
    private let request: ListWorklistRequest

    package init(_ arguments: Arguments) throws(UsageError) {
        try arguments.noOperands()
        server = try Server(arguments)
        let limit = try arguments.integer("limit", in: 1...1000) ?? 50
        request = ListWorklistRequest(
            pageSize: Int32(limit), pageToken: arguments.value("page") ?? "",
            state: try Self.state(arguments.value("state")), includeReviewed: arguments.has("reviewed"))
    }

    private static func state(_ text: String?) throws(UsageError) -> StudyState {
        switch text {
        case nil: .unspecified
        case "pending": .pending
        case "complete": .complete
        case "failed": .failed
        case let text?: throw UsageError("--state \(text): pending, complete or failed expected")
        }
    }

    package func run(_ console: Console) async throws(Failure) {
        let response = try await server.call(TriageServiceMethods.listWorklist, request, subject: "worklist", console)
        if server.printsJSON { return try server.printJSON(response, console) }
        console.print(WorklistText.table(response))
        if !response.nextPageToken.isEmpty { console.print("More: --page \(response.nextPageToken)") }
        if !response.entries.isEmpty { console.print(await Notice.ofAllModels(server, console)) }
    }
}

/// The worklist as text.
package enum WorklistText {
    package static func table(_ response: ListWorklistResponse) -> String {
        guard !response.entries.isEmpty else { return "The worklist is empty." }
        var table = Table("PRIORITY", "WAITING", "STATE", "MODALITY", "FLAGGED", "STUDY INSTANCE UID")
        for entry in response.entries {
            let study = entry.study ?? Study()
            let findings = study.flaggedFindings.joined(separator: ", ")
            table.add(
                Text.name(study.priority), Text.waiting(entry.waitingSeconds) + (entry.overdue ? " OVERDUE" : ""),
                Text.name(study.state), study.modality.isEmpty ? "-" : study.modality,
                study.flagged ? (findings.isEmpty ? "yes" : findings) : "-", study.studyInstanceUID)
        }
        return table.text
    }
}
