import Wire

/// `hilum retry STUDY` or `hilum retry --all`
package struct RetryCommand: Command {
    package static let name = "retry"
    package static let operands = "[UID]"
    package static let summary = "Sends again what the gateway gave up, of one study or of all."
    package static let options = Server.options + [Option("all", help: "Of every study.")]

    private let server: Server
    private let request: RetryStudiesRequest

    package init(_ arguments: Arguments) throws(UsageError) {
        server = try Server(arguments)
        let isAll = arguments.has("all")
        guard arguments.operands.count == (isAll ? 0 : 1) else { throw UsageError("one UID or --all expected") }
        request = RetryStudiesRequest(studyInstanceUID: arguments.operands.first ?? "", all: isAll)
    }

    package func run(_ console: Console) async throws(Failure) {
        let response = try await server.call(TriageServiceMethods.retryStudies, request, subject: "study", console)
        if server.printsJSON { return try server.printJSON(response, console) }
        let (instances, studies) = (response.instanceCount, response.studyCount)
        let named = "\(studies) \(studies == 1 ? "study" : "studies")"
        if instances > 0 {
            let counted = "\(instances) \(instances == 1 ? "instance" : "instances")"
            console.print("\(counted) of \(named) \(instances == 1 ? "is" : "are") sent again.")
        } else {
            console.print(studies > 0 ? "Results of \(named) are sent again." : "Nothing was given up.")
        }
    }
}
