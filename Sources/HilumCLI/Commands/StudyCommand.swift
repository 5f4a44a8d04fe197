import Wire

/// `hilum study UID`
package struct StudyCommand: Command {
    package static let name = "study"
    package static let operands = "UID"
    package static let summary = "Shows one study: its state, its instances, its answers."
    package static let options = Server.options

    private let server: Server
    private let uid: String

    package init(_ arguments: Arguments) throws(UsageError) {
        server = try Server(arguments)
        uid = try arguments.atLeastOneOperand("UID")[0]
        guard arguments.operands.count == 1 else { throw UsageError("one UID expected") }
    }

    package func run(_ console: Console) async throws(Failure) {
        let request = GetStudyRequest(studyInstanceUID: uid)
        let response = try await server.call(TriageServiceMethods.getStudy, request, subject: "study", console)
        if server.printsJSON {
            try server.printJSON(response, console)
        } else {
            try StudyText.print(response.study ?? Study(), server, console)
        }
    }
}

/// A study as text.
enum StudyText {
    static func print(_ study: Study, _ server: Server, _ console: Console) throws(Failure) {
        if server.printsJSON { return try server.printJSON(study, console) }
        console.print("\n" + text(study))
        let notice = Notice.text(Notice.models(of: study))
        if !notice.isEmpty { console.print(notice) }
    }

    static func text(_ study: Study) -> String {
        let flags = study.flaggedFindings.joined(separator: ", ")
        var lines = ["Study \(study.studyInstanceUID)"]
        lines.append(
            "  \(Text.name(study.state)), \(study.settledCount) of \(study.instanceCount) instances settled"
                + (study.reason.isEmpty ? "" : "; \(study.reason)"))
        lines.append(
            "  \(study.flagged ? "FLAGGED" : "not flagged"), \(Text.name(study.priority))"
                + (flags.isEmpty ? "" : ": \(flags)"))
        for instance in study.instances { lines += text(instance) }
        for plan in study.plans { lines.append(PlanText.planes(plan)) }
        return lines.joined(separator: "\n")
    }

    /// A line an instance, and its findings; an answered slice of a volume needs no line: the planes speak for it.
    private static func text(_ instance: Instance) -> [String] {
        if let classification = instance.classification {
            let verdict = ClassificationText.verdict(classification)
            return ["  \(instance.sopInstanceUID): \(verdict)", ClassificationText.findings(classification)]
        }
        guard instance.state != .answered else { return [] }
        let reason = instance.reason.isEmpty ? "" : ": \(instance.reason)"
        return ["  \(instance.sopInstanceUID): \(Text.name(instance.state))\(reason)"]
    }
}
