package import Wire

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
package enum StudyText {
    static func print(_ study: Study, _ server: Server, _ console: Console) throws(Failure) {
        if server.printsJSON { return try server.printJSON(study, console) }
        console.print("\n" + text(study))
        let notice = Notice.text(Notice.models(of: study))
        if !notice.isEmpty { console.print(notice) }
    }

    package static func text(_ study: Study) -> String {
        let flags = study.flaggedFindings.joined(separator: ", ")
        var lines = ["Study \(study.studyInstanceUID)"]
        lines.append(
            "  \(Text.name(study.state)), \(study.settledCount) of \(study.instanceCount) instances settled"
                + (study.reason.isEmpty ? "" : "; \(study.reason)"))
        lines.append(
            "  \(study.flagged ? "FLAGGED" : "not flagged"), \(Text.name(study.priority))"
                + (flags.isEmpty ? "" : ": \(flags)"))
        if !study.claimedBy.isEmpty { lines.append("  read by \(study.claimedBy)") }
        if !study.reviewedBy.isEmpty { lines.append("  reviewed by \(study.reviewedBy)") }
        for instance in study.instances {
            guard let classification = instance.classification else { continue }
            lines.append("  \(instance.sopInstanceUID): \(ClassificationText.verdict(classification))")
            lines.append(ClassificationText.findings(classification))
        }
        lines += others(study.instances)
        for plan in study.plans { lines.append(PlanText.planes(plan)) }
        return lines.joined(separator: "\n")
    }

    /// The instances that have no findings of their own, in groups of one state and reason. Answered slices of a
    /// volume need no line: the planes speak for them.
    private static func others(_ instances: [Instance]) -> [String] {
        var counts: [String: Int] = [:]
        var order: [String] = []
        for instance in instances where instance.classification == nil && instance.state != .answered {
            let text = Text.name(instance.state) + (instance.reason.isEmpty ? "" : ": \(instance.reason)")
            if counts.updateValue((counts[text] ?? 0) + 1, forKey: text) == nil { order.append(text) }
        }
        return order.map { text in
            let count = counts[text] ?? 0
            return "  \(count) \(count == 1 ? "instance" : "instances") \(text)"
        }
    }
}
